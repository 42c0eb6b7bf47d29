namespace UringHttp.Compare;

/// <summary>One turn, and no more.</summary>
internal sealed class SingleFetch(BodyReceiver body) : IFetchTurns
{
    private bool _hasBegun;

    public bool TryBegin(out BodyReceiver receiver)
    {
        receiver = body;
        if (_hasBegun)
        {
            return false;
        }

        _hasBegun = true;
        body.Begin();
        return true;
    }

    public void End() => body.End();
}
