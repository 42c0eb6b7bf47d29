using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using UringHttp.Benchmarks.LongRun;

switch (args)
{
    case [LongRunProgram.Verb, .. var arguments]:
        await LongRunProgram.RunAsync(arguments);
        break;
    case [LongRunProgram.IdleVerb, var way]:
        await LongRunProgram.RunIdleAsync(way);
        break;
    case [LongRunProgram.PeerVerb, .. var arguments]:
        IdleMemory.RunPeer(arguments);
        break;
    default:
        // In this process: the projects that BenchmarkDotNet would make for others do not know the settings of this repository.
        Job job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
        IConfig config = DefaultConfig.Instance.AddJob(job).AddDiagnoser(MemoryDiagnoser.Default);
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
        break;
}
