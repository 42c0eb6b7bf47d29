using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication.ExtendedProtection;

namespace UringHttp;

/// <summary>
/// Further requests because somebody wants to know who asks: the server, or a proxy that reads requests and passes them on. Runs where
/// the caller is; see <see cref="FollowUps"/>.
/// </summary>
internal sealed class AuthenticationFollowUps(FollowUps followUps)
{
    /// <summary>Legs of one handshake. Three do: what does not end by itself is ended.</summary>
    private const int MaxLegs = 8;

    private AuthenticationProgress? _server;
    private AuthenticationProgress? _proxy;

    private HttpClientEngine Engine => followUps.Engine;

    private HttpRequestMessage Request => followUps.Request;

    private HttpResponseMessage Response => followUps.Response;

    /// <summary>Answers whoever refuses, for as long as there is an answer that was not tried.</summary>
    /// <param name="mayAnswerServer">Whether the server may have the credentials.</param>
    internal async ValueTask AnswerAsync(bool mayAnswerServer = true)
    {
        ChosenProxy? proxy = Engine.ChooseProxy(Request, followUps.Terms);
        bool isForwarded = new Route(Origin.Of(Request.RequestUri!), proxy).IsForwarded;
        _server = mayAnswerServer ? NewProgress(Engine.Authentication, null) : null;
        _proxy = !isForwarded ? null : proxy!.Uri == _proxy?.Proxy ? _proxy?.Renew() : NewProgress(proxy.Authentication, proxy.Uri);
        while (FindRefusing() is { IsOver: false } side)
        {
            bool isAnswered = (MayHandshake(side, isForwarded) && await TryHandshakeAsync(side, proxy).ConfigureAwait(false))
                || await TryAnswerAsync(side).ConfigureAwait(false);
            if (!isAnswered)
            {
                return;
            }
        }
    }

    /// <summary>Sends the request to where a redirect leads. A proxy that is on that way, too, gets what it has accepted.</summary>
    internal ValueTask SendRedirectedAsync()
    {
        ChosenProxy? proxy = Engine.ChooseProxy(Request, followUps.Terms);
        bool isForwarded = new Route(Origin.Of(Request.RequestUri!), proxy).IsForwarded;
        _proxy = isForwarded && proxy!.Uri == _proxy?.Proxy ? _proxy : null;
        return SendAsync(pin: null, toServer: null);
    }

    private static AuthenticationProgress? NewProgress(Authenticator? authenticator, Uri? proxy) =>
        authenticator is null ? null : new AuthenticationProgress(authenticator, proxy);

    private AuthenticationProgress? FindRefusing() =>
        _proxy?.Side.IsRefusal(Response) == true ? _proxy : _server?.Side.IsRefusal(Response) == true ? _server : null;

    /// <summary>
    /// A connection to a proxy that reads requests may lead to anybody, so that nothing can be proved to a server on it; unless the proxy
    /// says that it keeps them apart (MS-NTHT).
    /// </summary>
    private bool MayHandshake(AuthenticationProgress side, bool isForwarded) =>
        side.Proxy is not null || !isForwarded
        || (Response.Headers.NonValidated.TryGetValues("Proxy-Support", out HeaderStringValues support)
            && support.Any(value => value.Contains("Session-Based-Authentication", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Basic and Digest, which prove it of each request.</summary>
    private async ValueTask<bool> TryAnswerAsync(AuthenticationProgress side)
    {
        if (!side.TryAnswer(Request, Response))
        {
            return false;
        }

        await followUps.LetGoAsync().ConfigureAwait(false);
        await SendAsync(pin: null, side.Proxy is null ? side.TakeField(Request) : null).ConfigureAwait(false);
        if (!AuthenticationSide.Proxy.IsRefusal(Response))
        {
            _proxy?.OnAccepted(Request);
            if (!AuthenticationSide.Server.IsRefusal(Response))
            {
                _server?.OnAccepted(Request);
            }
        }

        return true;
    }

    /// <summary>Negotiate and NTLM, which prove it of a connection. False when there is nothing to begin one with.</summary>
    private async ValueTask<bool> TryHandshakeAsync(AuthenticationProgress side, ChosenProxy? proxy)
    {
        Uri place = side.Proxy ?? Request.RequestUri!;
        List<KeyValuePair<string, NetworkCredential>> schemes = side.Authenticator.FindHandshakes(place, Response);
        if (schemes.Count == 0)
        {
            return false;
        }

        string? ownHost = side.Proxy is null ? Request.Headers.Host : null;
        AuthenticationHeaderValue? said = null;
        string host = await StepAsync(() => ownHost ?? NegotiateHandshake.FindCanonicalName(place)).ConfigureAwait(false);
        Func<ChannelBinding?, NegotiateHandshake?> tryBegin =
            binding => NegotiateHandshake.TryBegin(schemes, side.Side, host, binding, out said);

        // The response is let go of only when there is something better to come.
        NegotiateHandshake? handshake = await StepAsync(() => tryBegin(null)).ConfigureAwait(false);
        if (handshake is null)
        {
            return false;
        }

        ConnectionPin? pin = null;
        try
        {
            await followUps.LetGoAsync().ConfigureAwait(false);
            pin = await PinAsync(proxy).ConfigureAwait(false);
            if (pin.ChannelBinding is { } binding)
            {
                handshake.Dispose();
                handshake = await StepAsync(() => tryBegin(binding)).ConfigureAwait(false)
                    ?? throw HttpErrors.HandshakeCutOff(Origin.Of(place));
            }

            await ShakeHandsAsync(side, handshake, pin, said!).ConfigureAwait(false);
            side.OnHandshake(Response);
            return true;
        }
        finally
        {
            handshake?.Dispose();
            pin?.Release();
        }
    }

    private async ValueTask<ConnectionPin> PinAsync(ChosenProxy? proxy)
    {
        try
        {
            return await Engine.PinAsync(Request, followUps.Terms with { Proxy = proxy }, followUps.Token).ConfigureAwait(false);
        }
        finally
        {
            if (followUps.IsOnLoop)
            {
                await Engine.Loop.Core.SwitchTo();
            }
        }
    }

    private async ValueTask ShakeHandsAsync(
        AuthenticationProgress side, NegotiateHandshake handshake, ConnectionPin pin, AuthenticationHeaderValue first)
    {
        AuthenticationHeaderValue? said = first;
        for (int legs = 0; said is not null && legs < MaxLegs; legs++)
        {
            if (legs > 0)
            {
                await followUps.LetGoAsync().ConfigureAwait(false);
            }

            await SendAsync(pin, side.Proxy is null ? said : null, side.Proxy is null ? null : said).ConfigureAwait(false);
            if (handshake.IsDone || handshake.FindHeard(side.Side, Response) is not { } heard)
            {
                return;
            }

            if (!side.Side.IsRefusal(Response))
            {
                string? reason = await StepAsync(() => handshake.Check(heard)).ConfigureAwait(false);
                if (reason is not null)
                {
                    throw HttpErrors.NotMutual(side.Proxy ?? Request.RequestUri!, reason);
                }

                return;
            }

            said = await StepAsync(() => handshake.TryStep(heard)).ConfigureAwait(false);
        }
    }

    /// <summary>Sends the request again, with what is to be said to the server, and to the proxy.</summary>
    private async ValueTask SendAsync(ConnectionPin? pin, AuthenticationHeaderValue? toServer, AuthenticationHeaderValue? toProxy = null)
    {
        if (toServer is not null)
        {
            Request.Headers.Authorization = toServer;
        }

        toProxy ??= _proxy?.TakeField(Request);
        if (toProxy is not null)
        {
            Request.Headers.ProxyAuthorization = null; // what the request had of its own was refused
        }

        bool isLeg = pin is not null || toProxy is not null;
        await followUps.SendAsync(isLeg ? new AuthenticationLeg(pin, toProxy?.ToString()) : null).ConfigureAwait(false);
    }

    /// <summary>A step of a handshake may ask other machines, and waits for them: on the thread pool.</summary>
    private async ValueTask<T> StepAsync<T>(Func<T> step)
    {
        if (!followUps.IsOnLoop)
        {
            return step();
        }

        try
        {
            return await Task.Run(step, followUps.Token).ConfigureAwait(false);
        }
        finally
        {
            await Engine.Loop.Core.SwitchTo();
        }
    }
}
