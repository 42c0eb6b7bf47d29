namespace UringHttp;

/// <summary>How a request is to be sent, beside what the message says.</summary>
/// <param name="Proxy">What it goes by; null for straight.</param>
/// <param name="CallerIsOnLoop">Whether the caller is on the loop: then users' code may run there.</param>
/// <param name="MayFollow">Whether redirects and the like are followed.</param>
/// <param name="Execution">What the content sees of its caller (AsyncLocal values) on another thread; null for nothing.</param>
/// <param name="MayResend">Whether it may be sent again when its connection was stale.</param>
internal readonly record struct ExchangeTerms(
    Uri? Proxy, bool CallerIsOnLoop, bool MayFollow, ExecutionContext? Execution, bool MayResend = true);
