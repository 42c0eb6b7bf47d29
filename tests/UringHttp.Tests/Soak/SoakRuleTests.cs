using NUnit.Framework;
using UringHttp.Soak;

namespace UringHttp.Tests.Soak;

/// <summary>What the soak calls flat, an error of a fault, and an answer.</summary>
internal sealed class SoakRuleTests
{
    private static IEnumerable<SoakRequest> Drawn
    {
        get
        {
            var deck = new RequestDeck(1);
            return Enumerable.Range(0, 400).Select(i => i % 2 == 0 ? deck.DrawSound() : deck.DrawFaulty()).ToArray();
        }
    }

    [Test]
    public void What_stays_is_flat() => Assert.That(FlatRule.Judge(Samples(_ => 0)), Is.Empty);

    [Test]
    public void What_rises_in_the_first_quarter_only_is_flat() =>
        Assert.That(FlatRule.Judge(Samples(at => at < 0.25 ? at * 4000 : 1000)), Is.Empty);

    [Test]
    public void A_peak_is_flat() => Assert.That(FlatRule.Judge(Samples(at => at is > 0.9 and < 0.95 ? 4000 : 0)), Is.Empty);

    [Test]
    public void What_rises_slowly_is_not_flat_and_said_by_name() => Assert.That(
        FlatRule.Judge(Samples(at => at * 1000)),
        Is.EqualTo(new[]
        {
            "File descriptors rose from 370 (median of the second quarter) to 870 (of the last), which is beyond 423.",
        }));

    [Test]
    public void As_much_as_connections_can_have_is_right() =>
        Assert.That(ShareRule.Judge(Samples(_ => 100).Select(sample => sample with { Timers = 130, Blocks = 330 }).ToArray()), Is.Empty);

    [Test]
    public void More_than_connections_can_have_is_not_right_though_it_is_flat() => Assert.Multiple(() =>
    {
        Sample[] samples = [.. Samples(_ => 100).Select(sample => sample with { Timers = 4000 })];
        Assert.That(FlatRule.Judge(samples), Is.Empty);
        Assert.That(
            ShareRule.Judge(samples),
            Is.EqualTo(new[]
            {
                "Timers: 4,000 (median of the second half), which is more than 1 for each of 100 file descriptors.",
            }));
    });

    [Test]
    public void A_target_says_the_whole_request() => Assert.Multiple(() =>
    {
        foreach (SoakRequest request in Drawn)
        {
            Assert.That(SoakRequest.Parse(request.Target), Is.EqualTo(request));
        }
    });

    [Test]
    public void All_ways_are_drawn() =>
        Assert.That(Drawn.Select(request => request.Way).Distinct(), Is.EquivalentTo(Enum.GetValues<AnswerWay>()));

    [Test]
    public void The_right_answer_passes() => Assert.That(() => Check(_ => { }), Throws.Nothing);

    [Test]
    public void A_wrong_answer_is_told_by_what_is_wrong() => Assert.Multiple(() =>
    {
        Assert.That(() => Check(check => check.AddBody([0])), Throws.TypeOf<SoakException>().With.Message.Contains("the answer's body"));
        Assert.That(
            () => Check(check => check.AddField("Soak-x", "y")),
            Throws.TypeOf<SoakException>().With.Message.Contains("the answer's fields"));
        Assert.That(
            () => Check(check => check.AddField(ServerConnection.SeenBody, "0")),
            Throws.TypeOf<SoakException>().With.Message.Contains("as the server has seen it"));
    });

    [TestCase(AnswerWay.Reset, HttpRequestError.Unknown, true)]
    [TestCase(AnswerWay.Early, HttpRequestError.ResponseEnded, true)]
    [TestCase(AnswerWay.BadChunk, HttpRequestError.InvalidResponse, true)]
    [TestCase(AnswerWay.BadChunk, HttpRequestError.ResponseEnded, false)]
    [TestCase(AnswerWay.Drip, HttpRequestError.ResponseEnded, false)]
    [TestCase(AnswerWay.Whole, HttpRequestError.Unknown, false)]
    public void A_fault_has_its_error(AnswerWay way, HttpRequestError error, bool isExpected)
    {
        var request = new SoakRequest { Seed = 1, Sent = null, Received = 10, Way = way };
        Assert.That(FaultRules.Name(request, new HttpIOException(error)) is not null, Is.EqualTo(isExpected));
    }

    /// <summary>A hundred samples whose descriptors go by their place in the run, 0 to 1.</summary>
    private static Sample[] Samples(Func<double, double> descriptors) =>
    [
        .. Enumerable.Range(0, 100).Select(i => new Sample
        {
            Seconds = i,
            ResidentBytes = 100 << 20,
            HeapBytes = 10 << 20,
            SlabBytes = 4 << 20,
            Descriptors = (int)descriptors(i / 100.0),
            Threads = 20,
            Blocks = 10,
            Operations = 20,
            Timers = 5,
            Requests = i,
        }),
    ];

    private static void Check(Action<AnswerCheck> spoil)
    {
        var request = new SoakRequest { Seed = 3, Sent = 7, Received = 9 };
        var check = new AnswerCheck(request);
        check.AddField(ServerConnection.SeenHead, $"{SeededFields.Sum(request.SentFields)}");
        check.AddField(ServerConnection.SeenBody, $"{request.SentBody.Checksum}");
        foreach ((string name, string value) in request.ReceivedFields)
        {
            check.AddField(name, value);
        }

        check.AddBody(request.ReceivedBody.ToArray());
        spoil(check);
        check.End(System.Net.HttpStatusCode.OK, trailer: null);
    }
}
