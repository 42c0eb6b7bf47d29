using System.Runtime.CompilerServices;

namespace UringHttp;

/// <summary>
/// Parses a field section: field lines up to and including the empty line (RFC 9112 §5). The heads of requests and responses and
/// the trailers of a chunked body all end in one.
/// </summary>
/// <remarks>
/// A resume state, so that each byte is looked at once however few come at a time, and the first wrong byte is refused as soon as it
/// is there: what a section means does not depend on how it is cut.
/// </remarks>
internal struct FieldParser
{
    private const int NotFound = -1;

    // The bytes of the unfinished line before _searched are known to be right. Its colon, once found, is behind its name.
    private int _searched;
    private int _colon;

    /// <summary>Starts at the first field line.</summary>
    public FieldParser(int position)
    {
        Position = position;
        _searched = position;
        _colon = NotFound;
    }

    /// <summary>The start of the first line that is not parsed yet; after Complete, the end of the section.</summary>
    public int Position { get; private set; }

    /// <summary>After Invalid: the rule.</summary>
    public HttpProtocolError Error { get; private set; }

    /// <summary>After Invalid: the offset of the first wrong byte.</summary>
    public int ErrorOffset { get; private set; }

    /// <summary>Goes on where the call before stopped.</summary>
    /// <param name="bytes">The bytes of the calls before, and more. Offsets in the list count from their start.</param>
    /// <param name="fields">Gets one entry for each finished line.</param>
    /// <param name="maxFields">The limit of the list.</param>
    [MethodImpl(MethodImplOptions.NoInlining)] // Inlined into its caller, it would use up the budget for inlining the searches.
    public ParseStatus Parse(ReadOnlySpan<byte> bytes, HeaderList fields, int maxFields)
    {
        var start = Position;
        var colon = _colon;
        var searched = _searched;
        while (true)
        {
            if (colon == NotFound)
            {
                colon = Tokens.IndexOfNonToken(bytes, searched);
                if (colon < 0)
                {
                    return NeedMore(start, NotFound, bytes.Length);
                }

                if (bytes[colon] != ':' || colon == start)
                {
                    return bytes[start] == '\r' ? EndSection(bytes, start) : Fail(WrongName(bytes[colon], colon - start), colon);
                }

                searched = colon + 1;
            }

            // One search finds the end of the line and everything wrong in it.
            var end = Tokens.IndexOfControl(bytes, searched);
            if (end < 0)
            {
                return NeedMore(start, colon, bytes.Length);
            }

            if (bytes[end] != '\r')
            {
                return Fail(bytes[end] == '\n' ? HttpProtocolError.BareLineFeed : HttpProtocolError.InvalidFieldValue, end);
            }

            if (end + 1 == bytes.Length)
            {
                return NeedMore(start, colon, end);
            }

            if (bytes[end + 1] != '\n')
            {
                return Fail(HttpProtocolError.BareCarriageReturn, end);
            }

            if (fields.Count == maxFields)
            {
                return Fail(HttpProtocolError.TooManyFields, start);
            }

            Add(fields, bytes, start, colon, end);
            start = end + 2;
            searched = start;
            colon = NotFound;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(HeaderList fields, ReadOnlySpan<byte> bytes, int start, int colon, int end)
    {
        var valueStart = colon + 1;
        while (valueStart < end && Tokens.IsWhitespace(bytes[valueStart]))
        {
            valueStart++;
        }

        while (end > valueStart && Tokens.IsWhitespace(bytes[end - 1]))
        {
            end--;
        }

        fields.Add(start, colon - start, valueStart, end - valueStart, KnownHeaders.Find(bytes, start, colon - start));
    }

    private ParseStatus EndSection(ReadOnlySpan<byte> bytes, int start)
    {
        if (start + 1 == bytes.Length)
        {
            return NeedMore(start, NotFound, start);
        }

        if (bytes[start + 1] != '\n')
        {
            return Fail(HttpProtocolError.BareCarriageReturn, start);
        }

        Position = start + 2;
        return ParseStatus.Complete;
    }

    /// <summary>Names what is wrong about the first byte that is neither part of a field name nor the colon after it.</summary>
    private static HttpProtocolError WrongName(byte wrong, int nameLength) => (char)wrong switch
    {
        '\n' => HttpProtocolError.BareLineFeed,
        '\r' => HttpProtocolError.MissingColon,
        ':' => HttpProtocolError.EmptyFieldName,
        ' ' or '\t' => nameLength == 0 ? HttpProtocolError.ObsoleteFold : HttpProtocolError.WhitespaceBeforeColon,
        _ => HttpProtocolError.InvalidFieldName,
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ParseStatus NeedMore(int start, int colon, int searched)
    {
        Position = start;
        _colon = colon;
        _searched = searched;
        return ParseStatus.NeedMore;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ParseStatus Fail(HttpProtocolError error, int offset)
    {
        Error = error;
        ErrorOffset = offset;
        return ParseStatus.Invalid;
    }
}
