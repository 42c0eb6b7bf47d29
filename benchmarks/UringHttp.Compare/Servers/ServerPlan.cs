namespace UringHttp.Compare;

/// <summary>Where a server listens, on 127.0.0.1, and where its files are.</summary>
internal sealed record ServerPlan(int Port, int HttpsPort, int HoldingPort, RunDirectory Directory);
