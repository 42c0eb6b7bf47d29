using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Http1;

[TestFixture]
internal sealed class TokensTests
{
    [Test]
    public void The_searches_find_what_a_plain_search_finds_at_every_place_and_length()
    {
        using var memory = new GuardedMemory(256);
        var random = new Random(9112);
        for (var length = 0; length <= 100; length++)
        {
            for (var round = 0; round < 40; round++)
            {
                var bytes = memory.Last(length);
                for (var at = 0; at < length; at++)
                {
                    bytes[at] = random.Next(20) == 0 ? (byte)random.Next(256) : (byte)'a';
                }

                for (var from = 0; from <= length; from++)
                {
                    var nonToken = bytes[from..].IndexOfAnyExcept(Tokens.TokenBytes);
                    var control = bytes[from..].IndexOfAny(Tokens.ControlBytes);
                    if (Tokens.IndexOfNonToken(bytes, from) != (nonToken < 0 ? -1 : from + nonToken)
                        || Tokens.IndexOfControl(bytes, from) != (control < 0 ? -1 : from + control))
                    {
                        Assert.Fail($"from {from} in {Convert.ToHexString(bytes)}");
                    }
                }
            }
        }
    }

    [Test]
    public void Every_byte_is_classified_alike_by_a_vector_and_by_the_tables()
    {
        var bytes = new byte[64];
        for (var value = 0; value < 256; value++)
        {
            Array.Fill(bytes, (byte)value);
            var (isToken, isControl) = (Tokens.TokenBytes.Contains((byte)value), Tokens.ControlBytes.Contains((byte)value));
            Assert.That(Tokens.IndexOfNonToken(bytes, 0), Is.EqualTo(isToken ? -1 : 0), $"0x{value:X2} in a name");
            Assert.That(Tokens.IndexOfControl(bytes, 0), Is.EqualTo(isControl ? 0 : -1), $"0x{value:X2} in a value");
            Assert.That(isControl, Is.EqualTo(value is < 0x20 and not '\t' or 0x7F), $"0x{value:X2}");
            Assert.That(
                isToken,
                Is.EqualTo(char.IsAsciiLetterOrDigit((char)value) || "!#$%&'*+-.^_`|~".Contains((char)value)),
                $"0x{value:X2}");
        }
    }

    [TestCase("a", "a")]
    [TestCase("a,b", "a|b")]
    [TestCase(" a\t, b ,c", "a|b|c")]
    [TestCase(",,a,,b,,", "a|b")]
    [TestCase("a b, c", "a b|c")]
    [TestCase("", "")]
    [TestCase(" , \t,", "")]
    public void A_list_is_taken_apart_without_its_empty_elements(string list, string elements)
    {
        ReadOnlySpan<byte> rest = Wire.Bytes(list);
        var taken = new List<string>();
        while (Tokens.TryTakeElement(ref rest, out var element))
        {
            taken.Add(Wire.Text(element));
        }

        Assert.That(string.Join('|', taken), Is.EqualTo(elements));
    }
}
