// A user's first program, fetching a page from a server that it brings along. Prints "OK" and the backend.
// run.sh copies it out of the repository; a test keeps the lines of the sample the same as in the README.
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using UringHttp;

using var server = new TcpListener(IPAddress.Loopback, 0);
server.Start();
_ = Task.Run(async () =>
{
    while (true)
    {
        using var connection = await server.AcceptTcpClientAsync();
        var stream = connection.GetStream();
        using var request = new StreamReader(stream);
        while (await request.ReadLineAsync() is { Length: > 0 })
        {
        }

        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray());
    }
});
var address = $"http://{server.LocalEndpoint}/";

// sample: client
using var loop = new UringLoop();
using var http = new HttpClient(new UringHttpHandler(loop));
var text = await http.GetStringAsync(address);
// end of sample

await using var provider = new ServiceCollection().AddUringLoop().AddHttpClient("client")
    .UseUringHttpHandler(options => options.MaxConnectionsPerServer = 1).Services.BuildServiceProvider();
text += await provider.GetRequiredService<IHttpClientFactory>().CreateClient("client").GetStringAsync(address);

Console.WriteLine(text == "hellohello" ? $"OK {loop.Backend}" : $"unexpected: {text}");
