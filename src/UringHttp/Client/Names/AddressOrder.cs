using System.Net;
using System.Net.Sockets;

namespace UringHttp;

/// <summary>In which order addresses are tried.</summary>
internal static class AddressOrder
{
    /// <summary>
    /// Takes the families by turns, beginning with that of the first address, so that a network without one of them costs one attempt
    /// (RFC 8305 §4, with a First Address Family Count of 1). Within a family the order stays: the resolver has sorted by RFC 6724.
    /// </summary>
    internal static IPAddress[] Interleave(IPAddress[] addresses)
    {
        AddressFamily first = addresses.Length > 0 ? addresses[0].AddressFamily : default;
        var ofFirst = new Queue<IPAddress>(addresses.Where(address => address.AddressFamily == first));
        var ofOther = new Queue<IPAddress>(addresses.Where(address => address.AddressFamily != first));
        var order = new List<IPAddress>(addresses.Length);
        while (order.Count < addresses.Length)
        {
            if (ofFirst.TryDequeue(out IPAddress? address))
            {
                order.Add(address);
            }

            if (ofOther.TryDequeue(out address))
            {
                order.Add(address);
            }
        }

        return [.. order];
    }
}
