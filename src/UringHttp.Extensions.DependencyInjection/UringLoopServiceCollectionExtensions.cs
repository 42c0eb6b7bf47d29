using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace UringHttp;

/// <summary>Puts a <see cref="UringLoop"/> into a container.</summary>
public static class UringLoopServiceCollectionExtensions
{
    /// <summary>
    /// Registers one loop for the whole container. It is made when the first client needs it, and ends with the container: see
    /// <see cref="UringShutdownOptions"/>. A second call adds to the options of the same loop.
    /// </summary>
    /// <param name="services">Where it is registered.</param>
    /// <param name="configure">
    /// Sets options of the loop; null for the defaults. One out of its range fails when the host starts, or else when the loop is made.
    /// </param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddUringLoop(this IServiceCollection services, Action<UringLoopOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.AddOptions<UringLoopOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<UringLoopOptions>>(
            new OptionsCheck<UringLoopOptions>("The loop", static options => options.Validate())));
        services.TryAddSingleton(static provider => new UringLoop(provider.GetRequiredService<IOptions<UringLoopOptions>>().Value));
        return services;
    }

    /// <summary>Registers one loop for the whole container, with options out of a configuration.</summary>
    /// <param name="services">Where it is registered.</param>
    /// <param name="configuration">
    /// A section with a key for each option that is set, by the names of <see cref="UringLoopOptions"/>. Read when the loop is made.
    /// </param>
    /// <returns>The same services.</returns>
    /// <inheritdoc cref="AddUringLoop(IServiceCollection, Action{UringLoopOptions}?)" path="/summary"/>
    public static IServiceCollection AddUringLoop(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return services.AddUringLoop(options => OptionsReader.Read(configuration, options));
    }
}
