namespace UringHttp.Simulation;

/// <summary>A property does not hold: what is wrong, in a sentence.</summary>
internal sealed class SimulationException(string message) : Exception(message);
