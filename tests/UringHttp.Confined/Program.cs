// Runs loops and clients in a process that the system confines, and prints what became of them. The tests start it, since what
// it does to itself cannot be undone:
//   seccomp SYSTEM-CALL ERRNO        a filter that refuses one system call, as a container's profile does
//   descriptors BACKEND              no descriptor is free while connections come
//   client-descriptors BACKEND URI   no descriptor is free while requests are sent
//   client-memory BACKEND URI        bodies are kept until the heap is full (DOTNET_GCHeapHardLimit)
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
    case ["client-descriptors", var backend, var uri]:
        LimitedClient.ReportDescriptors(Enum.Parse<UringHttp.UringBackend>(backend), new Uri(uri));
        break;
    case ["client-memory", var backend, var uri]:
        LimitedClient.ReportMemory(Enum.Parse<UringHttp.UringBackend>(backend), new Uri(uri));
        break;
    default:
        throw new ArgumentException($"Not understood: {string.Join(' ', args)}");
}
