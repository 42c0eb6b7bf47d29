using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace UringHttp;

/// <summary>Puts a <see cref="UringHttpHandler"/> under the clients of an <see cref="IHttpClientFactory"/>.</summary>
public static class UringHttpClientBuilderExtensions
{
    /// <summary>
    /// How long the factory keeps a handler by default, so that a change of a server's addresses is seen. With a handler that stays, it
    /// is how long a connection may live.
    /// </summary>
    private static readonly TimeSpan s_connectionLifetime = new HttpClientFactoryOptions().HandlerLifetime;

    /// <summary>
    /// Sends what the client sends over a handler on the container's loop, which <see cref="UringLoopServiceCollectionExtensions"/>
    /// registers. The handler is kept as long as the container, and its connections with it;
    /// <see cref="UringHttpHandlerOptions.PooledConnectionLifetime"/> is 2 minutes unless it is set. Options can also be set by
    /// <c>services.Configure</c>, under the client's name.
    /// </summary>
    /// <param name="builder">The client; or all of them, in <c>ConfigureHttpClientDefaults</c>.</param>
    /// <param name="configure">
    /// Sets options; null for none. One out of its range fails when the host starts, or else when a client is made.
    /// </param>
    /// <returns>The same builder.</returns>
    public static IHttpClientBuilder UseUringHttpHandler(
        this IHttpClientBuilder builder, Action<UringHttpHandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.UseUringHttpHandler((options, _) => configure?.Invoke(options));
    }

    /// <param name="builder">The client; or all of them, in <c>ConfigureHttpClientDefaults</c>.</param>
    /// <param name="configuration">
    /// A section with a key for each option that is set, by the names of <see cref="UringHttpHandlerOptions"/>: numbers, true and false,
    /// names of an enumeration, spans of time ("00:00:05", "Infinite"). A key that is none of them is an error. Read once, when the
    /// handler is made.
    /// </param>
    /// <inheritdoc cref="UseUringHttpHandler(IHttpClientBuilder, Action{UringHttpHandlerOptions}?)"/>
    public static IHttpClientBuilder UseUringHttpHandler(this IHttpClientBuilder builder, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configuration);
        return builder.UseUringHttpHandler((options, _) => OptionsReader.Read(configuration, options));
    }

    /// <param name="builder">The client; or all of them, in <c>ConfigureHttpClientDefaults</c>.</param>
    /// <param name="configure">
    /// Sets options with the help of services (of the container itself, not of a scope): credentials out of a store, say.
    /// </param>
    /// <inheritdoc cref="UseUringHttpHandler(IHttpClientBuilder, Action{UringHttpHandlerOptions}?)"/>
    public static IHttpClientBuilder UseUringHttpHandler(
        this IHttpClientBuilder builder, Action<UringHttpHandlerOptions, IServiceProvider> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        IServiceCollection services = builder.Services;
        AddShared(services);
        services.AddSingleton<IConfigureOptions<UringHttpHandlerOptions>>(provider =>
            new ConfigureNamedOptions<UringHttpHandlerOptions, IServiceProvider>(builder.Name, provider, configure));
        if (builder.Name is not null) // which it is for the defaults of all clients
        {
            services.AddOptions<UringHttpHandlerOptions>(builder.Name).ValidateOnStart();
        }

        services.Configure<HttpClientFactoryOptions>(
            builder.Name, static options => options.HttpMessageHandlerBuilderActions.Add(MakePrimaryHandler));
        return builder.SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }

    private static void AddShared(IServiceCollection services)
    {
        if (services.Any(static service => service.ServiceType == typeof(HandlerRegistry)))
        {
            return;
        }

        services.AddOptions<UringShutdownOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<UringShutdownOptions>>(
            new OptionsCheck<UringShutdownOptions>("The shutdown", static options => options.Validate()));
        services.AddSingleton<HandlerRegistry>();
        services.AddSingleton<IValidateOptions<UringHttpHandlerOptions>>(
            new OptionsCheck<UringHttpHandlerOptions>("The HTTP client '{0}'", static options => options.Validate()));

        // In front of all others, so that whatever a user sets, in whatever order, comes after it.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<UringHttpHandlerOptions>>(
            new ConfigureNamedOptions<UringHttpHandlerOptions>(
                null, static options => options.PooledConnectionLifetime = s_connectionLifetime)));
    }

    private static void MakePrimaryHandler(HttpMessageHandlerBuilder builder)
    {
        if (builder.PrimaryHandler is UringHttpHandler)
        {
            return; // asked for twice: for all clients, and for this one
        }

        if (builder.Services.GetService<UringLoop>() is null)
        {
            throw new InvalidOperationException(
                $"The HTTP client '{builder.Name}' uses UringHttpHandler, which needs a loop: call services.AddUringLoop().");
        }

        UringHttpHandlerOptions options = builder.Services.GetRequiredService<IOptionsMonitor<UringHttpHandlerOptions>>().Get(builder.Name);
        builder.PrimaryHandler = builder.Services.GetRequiredService<HandlerRegistry>().Make(options);
    }
}
