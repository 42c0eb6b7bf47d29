using NUnit.Framework;

namespace UringHttp.Tests.Http1;

[TestFixture]
internal sealed class HeaderViewTests
{
    private static readonly KnownHeader[] _allKnown = [.. Enum.GetValues<KnownHeader>().Where(known => known != KnownHeader.None)];

    [Test]
    public void A_field_is_found_by_name_in_any_case_and_by_id()
    {
        var head = Wire.Bytes("HTTP/1.1 200 OK\r\nX-A: 1\r\nSERVER: 2\r\nx-a: 3\r\nX-Ab: 4\r\nEmpty:\r\n\r\n");
        var parser = new ResponseHeadParser();
        parser.Parse(head, out _);
        var view = parser.View(head);
        Assert.That(view.Count, Is.EqualTo(5));
        Assert.That(view.TryGet("x-A"u8, out var value), Is.True);
        Assert.That(Wire.Text(value), Is.EqualTo("1"), "the first of two");
        Assert.That(view.IndexOf("X-A"u8, 1), Is.EqualTo(2), "the second of two");
        Assert.That(view.IndexOf("X-A"u8, 3), Is.EqualTo(-1));
        Assert.That(view.TryGet("server"u8, out value), Is.True);
        Assert.That(Wire.Text(value), Is.EqualTo("2"));
        Assert.That(view.TryGet(KnownHeader.Server, out value), Is.True);
        Assert.That(Wire.Text(value), Is.EqualTo("2"));
        Assert.That(view.IndexOf(KnownHeader.Server, 2), Is.EqualTo(-1));
        Assert.That(view.TryGet("Empty"u8, out value), Is.True);
        Assert.That(value.IsEmpty, Is.True);
        Assert.That(view.TryGet("X"u8, out _), Is.False);
        Assert.That(view.TryGet(""u8, out _), Is.False);
        Assert.That(view.TryGet("Date"u8, out value), Is.False);
        Assert.That(value.IsEmpty, Is.True);
        Assert.That(view.Contains(KnownHeader.Date), Is.False);
        Assert.That(view.Contains(KnownHeader.Server), Is.True);
        Assert.That(Wire.Text(view[3].Name), Is.EqualTo("X-Ab"));
    }

    [Test]
    public void A_place_outside_of_the_list_is_a_mistake_of_the_caller() =>
        Assert.That(() => new HeaderView(default, new HeaderList())[0].Name.Length, Throws.InstanceOf<IndexOutOfRangeException>());

    [Test]
    public void Nothing_is_left_of_the_head_before()
    {
        var parser = new ResponseHeadParser();
        parser.Parse("HTTP/1.1 200 OK\r\nServer: a\r\nDate: b\r\n\r\n"u8, out _);
        var head = "HTTP/1.1 200 OK\r\nVary: c\r\n\r\n"u8;
        parser.Parse(head, out _);
        var view = parser.View(head);
        Assert.That(view.Count, Is.EqualTo(1));
        Assert.That(view.Contains(KnownHeader.Server), Is.False);
        Assert.That(view.Contains(KnownHeader.Date), Is.False);
    }

    [Test]
    public void The_list_grows_when_a_head_has_more_fields_than_any_before()
    {
        var names = Enumerable.Range(0, 300).Select(number => $"X-{number}").ToArray();
        var head = Wire.Bytes($"HTTP/1.1 200 OK\r\n{string.Concat(names.Select(name => $"{name}: {name}\r\n"))}\r\n");
        var parser = new ResponseHeadParser();
        Assert.That(parser.Parse(head, out _), Is.EqualTo(ParseStatus.Complete));
        var seen = 0;
        foreach (var field in parser.View(head))
        {
            Assert.That(Wire.Text(field.Name), Is.EqualTo(names[seen]));
            Assert.That(Wire.Text(field.Value), Is.EqualTo(names[seen]));
            seen++;
        }

        Assert.That(seen, Is.EqualTo(300));
    }

    [Test]
    public void A_known_name_is_recognized_in_any_case_wherever_it_stands()
    {
        foreach (var known in _allKnown)
        {
            var name = KnownHeaders.Name(known);
            foreach (var written in new[] { name, name.ToLowerInvariant(), name.ToUpperInvariant() })
            {
                foreach (var tail in new[] { "", new string('x', 64) })
                {
                    var head = Wire.Bytes($"HTTP/1.1 200 OK\r\n{written}: v\r\n\r\n{tail}");
                    var parser = new ResponseHeadParser();
                    parser.Parse(head, out _);
                    Assert.That(parser.View(head)[0].Known, Is.EqualTo(known), written);
                    Assert.That(KnownHeaders.Find(Wire.Bytes(written)), Is.EqualTo(known), written);
                }
            }
        }
    }

    [Test]
    public void A_name_one_byte_off_a_known_one_is_not_recognized()
    {
        foreach (var known in _allKnown)
        {
            var name = KnownHeaders.Name(known);
            var others = Enumerable.Range(0, name.Length)
                .SelectMany(at => "_~!.`z9".Select(other => name[..at] + other + name[(at + 1)..]))
                .Append(name + "s")
                .Append(name[..^1]);
            foreach (var other in others)
            {
                var expected = _allKnown.FirstOrDefault(each => KnownHeaders.Name(each).Equals(other, StringComparison.OrdinalIgnoreCase));
                foreach (var tail in new[] { "", new string('x', 64) })
                {
                    Assert.That(
                        other.Length == 0 ? KnownHeader.None : KnownHeaders.Find(Wire.Bytes(other + tail), 0, other.Length),
                        Is.EqualTo(expected),
                        other);
                }
            }
        }
    }

    [Test]
    public void The_table_of_known_names_agrees_with_the_ids()
    {
        Assert.That(KnownHeaders.Count, Is.EqualTo(_allKnown.Length + 1));
        Assert.That(KnownHeaders.Count, Is.LessThanOrEqualTo(64), "one bit each in a HeaderList");
        foreach (var known in _allKnown)
        {
            var name = KnownHeaders.Name(known);
            Assert.That(name.Replace("-", "", StringComparison.Ordinal), Is.EqualTo(known.ToString()).IgnoreCase);
            Assert.That(name, Does.Match("^[A-Za-z0-9-]{1,32}$"), "letters, digits and hyphens, no longer than a row");
        }

        var slots = _allKnown.Select(known => Wire.Bytes(KnownHeaders.Name(known)))
            .Select(name => KnownHeaders.SlotOf(name[0], name[(name.Length * 3) >> 2], name[^1], name.Length));
        Assert.That(slots, Is.Unique);
        Assert.That(KnownHeaders.Name((KnownHeader)200), Is.Empty);
    }
}
