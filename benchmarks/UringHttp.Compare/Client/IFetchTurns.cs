namespace UringHttp.Compare;

/// <summary>When a fetcher fetches, and where the bodies go. Wherever the fetcher runs.</summary>
internal interface IFetchTurns
{
    /// <summary>Begins a turn; false when there is nothing more to fetch.</summary>
    /// <param name="body">
    /// Takes the body: <see cref="BodyReceiver.Accept"/> for bytes that were read into its <see cref="BodyReceiver.Buffer"/>,
    /// <see cref="BodyReceiver.Examine"/> for bytes that stay where they are.
    /// </param>
    bool TryBegin(out BodyReceiver body);

    /// <summary>Ends a turn whose body was received to its end. Throws when it is not the body that was wanted.</summary>
    void End();
}
