using System.Text;

namespace UringHttp.Simulation;

/// <summary>Makes answers: right ones in all their forms, and with the faults of the run wrong ones, or half ones.</summary>
internal sealed class AnswerMaker(FaultPlan faults)
{
    /// <summary>A whole answer to nobody.</summary>
    public const string StrayName = "stray";

    private static readonly string[] s_invalidHeads =
    [
        "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
        "HTTP/1.1 099 Low\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 20 OK\r\nContent-Length: 3\r\n\r\nabc",
        "HTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nX: " + new string('x', 70_000) + "\r\n\r\n",
    ];

    /// <summary>The body's length cannot be told. To a HEAD that does not matter.</summary>
    private static readonly string[] s_invalidFramings =
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 3x\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
    ];

    private static readonly string[] s_invalidChunks =
        ["zz\r\nabc\r\n", "FFFFFFFFFFFFFFFFF\r\nabc\r\n", "3\nabc\n", "3\r\nabcd\r\n",
         "3;a=\n\r\nabc\r\n", "-3\r\nabc\r\n", "3 \r\nabc\r\n"];

    /// <summary>An answer to the request, by the numbers of the peer.</summary>
    public Answer Make(RequestPlan plan, int attempt, SeededRandom random, bool isEarly)
    {
        int status = isEarly && random.Chance(600) ? random.Pick(413, 417, 401) : random.Pick(200, 200, 200, 200, 201, 204, 304, 404, 500);
        bool hasBody = status is not (204 or 304);
        bool untilClose = hasBody && !plan.IsHead && random.Chance(MayClose(plan, 120));
        bool isChunked = hasBody && !untilClose && random.Chance(400);
        int length = hasBody ? LengthOfBody(random) : 0;
        ReadOnlyMemory<byte> body = Pattern.OfAnswer(plan.Id, attempt, length);
        var answer = new Answer
        {
            Name = $"{plan.Id}.{attempt}",
            Status = status,
            Wire = [],
            EndsByClose = untilClose,
            Body = plan.IsHead ? default : body,
            After = untilClose ? AfterAnswer.Close : AfterAnswer.Keep,
        };
        var wire = new MemoryStream();
        WriteInterims(wire, answer, random);
        WriteHead(wire, answer, random, isChunked, untilClose || !hasBody ? -1 : length, plan);
        int headEnd = (int)wire.Length;
        if (!plan.IsHead && isChunked)
        {
            WriteChunks(wire, answer, body.Span, random);
        }
        else if (!plan.IsHead)
        {
            wire.Write(body.Span);
        }

        answer.Wire = wire.ToArray();
        Spoil(answer, headEnd, untilClose, random);
        return answer;
    }

    /// <summary>Where answers close their connections as often as elsewhere, there would hardly be a pipeline.</summary>
    private static int MayClose(RequestPlan plan, int perMille) => plan.MayPipeline ? perMille / 8 : perMille;

    private static int LengthOfBody(SeededRandom random) => random.Below(100) switch
    {
        < 25 => 0,
        < 70 => random.Below(300),
        < 92 => random.Below(20_000),
        < 99 => random.Below(100_000),
        _ => random.Below(Pattern.Longest),
    };

    private void WriteInterims(MemoryStream wire, Answer answer, SeededRandom random)
    {
        bool isFlood = faults.Strikes(Fault.InterimFlood, random);
        int count = isFlood ? 101 + random.Below(50) : random.Chance(100) ? 1 + random.Below(3) : 0;
        for (int i = 0; i < count; i++)
        {
            Write(wire, random.Pick("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "HTTP/1.1 102 Processing\r\n\r\n"));
        }

        if (isFlood)
        {
            answer.IsSound = answer.IsHeadSound = false;
            answer.Error = Ending.Invalid;
        }
    }

    private void WriteHead(MemoryStream wire, Answer answer, SeededRandom random, bool isChunked, int length, RequestPlan plan)
    {
        if (faults.Strikes(Fault.HeadInvalid, random))
        {
            answer.IsSound = answer.IsHeadSound = false;
            answer.Error = Ending.Invalid;
            answer.After = AfterAnswer.Keep;
            Write(wire, random.Pick<string>(plan.IsHead || random.Chance(600) ? s_invalidHeads : s_invalidFramings));
            return;
        }

        bool isOld = !isChunked && random.Chance(MayClose(plan, 60));
        Write(wire, $"HTTP/1.{(isOld ? 0 : 1)} {answer.Status} {random.Pick("OK", "", "A reason \u00e9")}\r\n");
        string name = random.Pick("X-Name", "x-name");
        Write(wire, $"{name}:{random.Pick(" ", "", "\t ")}{answer.Name}\r\n");
        for (int fields = random.Chance(300) ? random.Below(40) : 0; fields > 0; fields--)
        {
            Write(wire, $"X-Field-{fields}: {new string('v', random.Below(60))}\r\n");
        }

        if (isChunked)
        {
            Write(wire, random.Pick("Transfer-Encoding: chunked\r\n", "transfer-encoding: Chunked\r\n"));
        }
        else if (length >= 0)
        {
            Write(wire, $"Content-Length: {length}\r\n");
        }

        if (isOld)
        {
            bool keeps = !answer.EndsByClose && random.Chance(500);
            Write(wire, keeps ? "Connection: keep-alive\r\n" : "");
            answer.After = keeps ? AfterAnswer.Keep : AfterAnswer.Close;
        }
        else if (random.Chance(MayClose(plan, 80)))
        {
            Write(wire, "Connection: close\r\n");
            answer.After = AfterAnswer.Close;
        }
        else if (random.Chance(50))
        {
            Write(wire, $"Keep-Alive: timeout={random.Below(10)}\r\n");
        }

        Write(wire, "\r\n");
    }

    private void WriteChunks(MemoryStream wire, Answer answer, ReadOnlySpan<byte> body, SeededRandom random)
    {
        bool isInvalid = faults.Strikes(Fault.BodyInvalid, random);
        while (!body.IsEmpty)
        {
            int count = random.Chance(200) ? body.Length : 1 + random.Below(Math.Min(body.Length, 3000));
            Write(wire, $"{count:x}{random.Pick("", "", "", ";a", ";a=\"b\"")}\r\n");
            wire.Write(body[..count]);
            Write(wire, "\r\n");
            body = body[count..];
            if (isInvalid && random.Chance(300))
            {
                break;
            }
        }

        if (isInvalid)
        {
            Write(wire, random.Pick<string>(s_invalidChunks));
            answer.IsSound = false;
            answer.Error = Ending.Invalid;
            answer.After = AfterAnswer.Keep;
            return;
        }

        Write(wire, random.Pick("0\r\n\r\n", "0\r\n\r\n", "000\r\n\r\n", "0;x\r\n\r\n", "0\r\nX-Trailer: t\r\n\r\n"));
    }

    /// <summary>Ends it too early, or adds something behind it.</summary>
    private void Spoil(Answer answer, int headEnd, bool untilClose, SeededRandom random)
    {
        if (faults.Strikes(Fault.PeerStalls, random))
        {
            Cut(answer, headEnd, random, AfterAnswer.Stall, untilClose);
        }
        else if (faults.Strikes(Fault.PeerResets, random))
        {
            Cut(answer, headEnd, random, AfterAnswer.Reset, untilClose);
        }
        else if (faults.Strikes(Fault.PeerCloses, random))
        {
            if (untilClose && answer.IsHeadSound && random.Chance(300))
            {
                // Nobody can tell that more was to come.
                int end = headEnd + random.Below(answer.Wire.Length - headEnd + 1);
                answer.Wire = answer.Wire[..end];
                answer.Body = answer.Body[..(end - headEnd)];
            }
            else
            {
                Cut(answer, headEnd, random, AfterAnswer.Close, untilClose);
            }
        }
        else if (answer.IsSound && answer.After != AfterAnswer.Close && faults.Strikes(Fault.ExtraBytes, random))
        {
            answer.Extra = Encoding.ASCII.GetBytes(random.Pick(
                $"HTTP/1.1 200 OK\r\nX-Name: {StrayName}\r\nContent-Length: 5\r\n\r\nstray", "\r\n", "x", "HTTP/1.1 408 Late\r\n\r\n"));
        }
    }

    private static void Cut(Answer answer, int headEnd, SeededRandom random, AfterAnswer after, bool untilClose)
    {
        int most = untilClose && after == AfterAnswer.Close ? headEnd : answer.Wire.Length;
        int at = random.Chance(300) ? Math.Min(most - 1, headEnd) : random.Chance(200) ? most - 1 : random.Below(most);
        bool wasSound = answer.IsSound;
        bool wasHeadSound = answer.IsHeadSound;
        if (untilClose && after != AfterAnswer.Close && wasSound && random.Chance(500))
        {
            at = most; // all of it, and then a reset where the end should be
        }

        answer.Wire = answer.Wire[..at];
        answer.IsSound = false;
        answer.IsHeadSound = wasHeadSound && at >= headEnd;
        answer.Error = wasSound ? Ending.None : answer.Error;
        answer.After = after;
    }

    private static void Write(MemoryStream wire, string text) => wire.Write(Encoding.Latin1.GetBytes(text));
}
