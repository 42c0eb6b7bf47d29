using UringHttp.Simulation;

return new Runner(args).Run();
