namespace UringHttp;

/// <summary>
/// What a submission asks of the kernel: <c>enum uh_kind</c> of native/uringhttp.h, which has the contract of each. Its no-op (0) is not
/// asked for.
/// </summary>
internal enum OperationKind : byte
{
    Connect = 1,
    Accept = 2,
    Receive = 3,
    Send = 4,
    Poll = 5,
    Shutdown = 6,
    Close = 7,
    Cancel = 8,
}
