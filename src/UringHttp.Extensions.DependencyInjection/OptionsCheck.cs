using Microsoft.Extensions.Options;

namespace UringHttp;

/// <summary>Tells a bad option as what it is, and of what, before anything is made of it.</summary>
/// <param name="subject">What the options are of; {0} is their name.</param>
/// <param name="check">Throws <see cref="ArgumentException"/> for what is wrong.</param>
internal sealed class OptionsCheck<TOptions>(string subject, Action<TOptions> check) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        try
        {
            check(options);
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException e)
        {
            return ValidateOptionsResult.Fail($"{subject.Replace("{0}", name, StringComparison.Ordinal)}: {e.Message}");
        }
    }
}
