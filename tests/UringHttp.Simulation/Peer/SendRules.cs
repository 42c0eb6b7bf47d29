namespace UringHttp.Simulation;

/// <summary>What must hold when a request goes out: on which connection it may, behind which others, and whether once more.</summary>
internal sealed class SendRules(World world)
{
    /// <summary>
    /// Whether the one before it may have been unanswered for the client when it was written: what has been received may have been
    /// unread, and what was written may have waited for the ring.
    /// </summary>
    public bool MayBeAhead(SimulatedSocket socket, RequestRecord record) =>
        record.Plan.MayPipeline && socket.Behind.LastOrDefault(socket.Attempt) is { } before
        && (world.Faults.Has(Fault.PartialSubmit)
            || before.Request is not { IsReadToEnd: true, Ends: > 0 } || before.Request.EndedIn >= world.Enter - 1);

    /// <summary>What is wrong with it, to be read behind "was sent"; null when nothing is.</summary>
    public string? FindWrong(Attempt attempt) => FindWrongNow(attempt) ?? FindWrongInLine(attempt) ?? FindWrongAgain(attempt.Request);

    /// <summary>Whether it may go out any more, and there.</summary>
    private string? FindWrongNow(Attempt attempt)
    {
        SimulatedSocket socket = attempt.Socket;
        RequestRecord record = attempt.Request;

        // What the peer says unasked may have been taken for the answer of a request whose content was still to come.
        bool mayBeAnswered = socket.Peer?.HasStrayed == true && record.Plan.IsContentSlow;

        // What was written behind others may have ended while it waited for the ring to take it.
        bool mayHaveLeft = record.Plan.MayPipeline && world.Faults.Has(Fault.PartialSubmit)
            && (record.Ending is Ending.Cancelled or Ending.TimedOut || attempt.IsTainted);
        return record.Ends > 0 && !mayBeAnswered && !mayHaveLeft ? "after its end"
            : socket.ToldEndedAt != 0 && socket.ToldEndedAt < world.Enter - 1 ? "on a connection that was known to have ended"
            : !mayBeAnswered && !attempt.MayBeAhead && socket.SpoiledAt != 0 && socket.SpoiledAt < world.Enter - 1
                ? "on a connection that had brought more than its answer"
            : null;
    }

    /// <summary>RFC 9112 §9.3.2: who may be behind whom, and how many in all.</summary>
    private static string? FindWrongInLine(Attempt attempt)
    {
        SimulatedSocket socket = attempt.Socket;
        RequestPlan plan = attempt.Request.Plan;
        bool isBehind = socket.Attempt is not null && socket.AnsweredAt == 0 && !attempt.IsTainted;
        return !isBehind ? null
            : !plan.MayPipeline ? "behind another one, and is to be alone"
            : !socket.Attempt!.Request.Plan.MayPipeline ? "behind one that is to be alone"
            : !socket.Attempt.WasReused ? "behind the first one of its connection"
            : socket.Behind.Count + 2 > plan.PipelineDepth ? $"as number {socket.Behind.Count + 2} of {plan.PipelineDepth}"
            : null;
    }

    /// <summary>
    /// RFC 9112 §9.3.1: a request goes out again only when nothing can be lost. This client does it once, but for those that were behind
    /// others: whatever becomes of the connection, nobody has answered them.
    /// </summary>
    private static string? FindWrongAgain(RequestRecord record)
    {
        if (record.Attempts.Count == 0)
        {
            return null;
        }

        Attempt last = record.Attempts[^1];
        return record.Attempts.Count(attempt => !attempt.MayBeAhead) > 1 ? "a third time"
            : !record.Plan.IsIdempotent ? "again, though it is not idempotent"
            : record.Plan.ContentLength >= 0 ? "again, though it has a content"
            : !last.WasReused ? "again, though its connection was new"
            : last.MayBeAhead ? last.HasBegun ? "again, though its answer had begun and was next" : null
            : last.Received > 0 ? "again, though its answer had begun"
            : null;
    }
}
