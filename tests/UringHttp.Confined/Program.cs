// Runs loops in a process that the system confines, and prints what became of them. The tests start it, since what it does to
// itself cannot be undone:
//   seccomp SYSTEM-CALL ERRNO   a filter that refuses one system call, as a container's profile does
//   descriptors BACKEND         no descriptor is free while connections come
using UringHttp.Confined;

switch (args)
{
    case ["seccomp", var systemCall, var errno]:
        SeccompFilter.Refuse(uint.Parse(systemCall), uint.Parse(errno));
        RefusedRing.Report();
        break;
    case ["descriptors", var backend]:
        await ExhaustedListener.ReportAsync(Enum.Parse<UringHttp.UringBackend>(backend));
        break;
    default:
        throw new ArgumentException($"Not understood: {string.Join(' ', args)}");
}
