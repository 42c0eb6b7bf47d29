using System.Buffers;

namespace UringHttp;

/// <summary>
/// Parses a WWW-Authenticate field (RFC 9110 §11.6.1): challenges with commas between them, within which there are parameters with
/// commas between them. Strict: a field that breaks the grammar says nothing.
/// </summary>
internal ref struct ChallengeParser
{
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> Token68Characters = SearchValues.Create(
        "-._~+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private ReadOnlySpan<char> _rest;

    private ChallengeParser(string field) => _rest = field;

    /// <summary>The challenges of one field; none when it is malformed.</summary>
    internal static List<Challenge> Parse(string field)
    {
        var parser = new ChallengeParser(field);
        var challenges = new List<Challenge>();
        parser.SkipCommas();
        while (!parser._rest.IsEmpty)
        {
            if (parser.TryTakeChallenge() is not { } challenge)
            {
                return [];
            }

            challenges.Add(challenge);
        }

        return challenges;
    }

    private Challenge? TryTakeChallenge()
    {
        string scheme = Take(TokenCharacters);
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (scheme.Length == 0)
        {
            return null;
        }

        bool isSpaced = SkipSpaces();
        if (TryEndItem())
        {
            return new Challenge(scheme, null, parameters);
        }

        if (!isSpaced)
        {
            return null;
        }

        if (TryTakeToken68() is { } token68)
        {
            return new Challenge(scheme, token68, parameters);
        }

        do
        {
            if (!TryTakeParameter(parameters))
            {
                return null;
            }
        }
        while (IsAtParameter());
        return new Challenge(scheme, null, parameters);
    }

    /// <summary>One blob, with the equals signs that pad it, and nothing behind it.</summary>
    private string? TryTakeToken68()
    {
        ReadOnlySpan<char> before = _rest;
        int length = _rest.Length - TrimStart(_rest, Token68Characters).Length;
        if (length > 0)
        {
            int padded = length + (_rest[length..].Length - _rest[length..].TrimStart('=').Length);
            string token68 = _rest[..padded].ToString();
            _rest = _rest[padded..];
            if (TryEndItem())
            {
                return token68;
            }
        }

        _rest = before;
        return null;
    }

    private bool TryTakeParameter(Dictionary<string, string> parameters)
    {
        string name = Take(TokenCharacters);
        SkipSpaces();
        if (name.Length == 0 || !TrySkip('='))
        {
            return false;
        }

        SkipSpaces();
        bool isQuoted = TrySkip('"');
        string? value = isQuoted ? TryTakeQuoted() : Take(TokenCharacters);
        return value is not null && (isQuoted || value.Length > 0) && TryEndItem() && parameters.TryAdd(name, value);
    }

    /// <summary>What follows the opening quote, up to the closing one.</summary>
    private string? TryTakeQuoted()
    {
        for (int i = 0; i < _rest.Length; i++)
        {
            if (_rest[i] == '\\')
            {
                i++;
            }
            else if (_rest[i] == '"')
            {
                string value = _rest[..i].ToString();
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        return null;
    }

    /// <summary>A name and an equals sign are a parameter; a name and anything else begin the next challenge.</summary>
    private readonly bool IsAtParameter()
    {
        ReadOnlySpan<char> behind = TrimStart(_rest, TokenCharacters).TrimStart(" \t");
        return behind.Length < _rest.Length && behind.StartsWith('=');
    }

    /// <summary>True at the end of an item: the field's end, or commas, which are skipped.</summary>
    private bool TryEndItem()
    {
        SkipSpaces();
        if (!_rest.IsEmpty && _rest[0] != ',')
        {
            return false;
        }

        SkipCommas();
        return true;
    }

    private void SkipCommas() => _rest = _rest.TrimStart(" \t,");

    private bool SkipSpaces()
    {
        int before = _rest.Length;
        _rest = _rest.TrimStart(" \t");
        return _rest.Length < before;
    }

    private bool TrySkip(char character)
    {
        if (!_rest.StartsWith(character))
        {
            return false;
        }

        _rest = _rest[1..];
        return true;
    }

    private string Take(SearchValues<char> characters)
    {
        ReadOnlySpan<char> behind = TrimStart(_rest, characters);
        string taken = _rest[..^behind.Length].ToString();
        _rest = behind;
        return taken;
    }

    private static ReadOnlySpan<char> TrimStart(ReadOnlySpan<char> text, SearchValues<char> characters)
    {
        int end = text.IndexOfAnyExcept(characters);
        return end < 0 ? default : text[end..];
    }
}
