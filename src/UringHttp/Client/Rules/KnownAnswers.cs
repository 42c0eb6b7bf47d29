namespace UringHttp;

/// <summary>
/// Answers that servers have accepted, by the place they are good for: the origin and the path down to its last slash, and what is
/// below it (RFC 7617 §2.2). Any thread.
/// </summary>
internal sealed class KnownAnswers
{
    /// <summary>Beyond it all are forgotten, which costs each place one more challenge.</summary>
    private const int MaxPlaces = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, AuthenticationAnswer> _answers = [];

    /// <summary>The answer of the nearest place above; null without one.</summary>
    internal AuthenticationAnswer? Find(Uri uri)
    {
        lock (_lock)
        {
            if (_answers.Count == 0)
            {
                return null;
            }

            string place = GetPlace(uri);
            int top = uri.GetLeftPart(UriPartial.Authority).Length;
            while (place.Length > top)
            {
                if (_answers.TryGetValue(place, out AuthenticationAnswer? answer))
                {
                    return answer;
                }

                place = place[..(place[..^1].LastIndexOf('/') + 1)];
            }

            return null;
        }
    }

    internal void Add(Uri uri, AuthenticationAnswer answer)
    {
        lock (_lock)
        {
            if (_answers.Count >= MaxPlaces)
            {
                _answers.Clear();
            }

            _answers[GetPlace(uri)] = answer;
        }
    }

    /// <summary>Forgets an answer that was refused.</summary>
    internal void Remove(AuthenticationAnswer answer)
    {
        lock (_lock)
        {
            foreach (string place in _answers.Where(known => known.Value == answer).Select(known => known.Key).ToArray())
            {
                _answers.Remove(place);
            }
        }
    }

    private static string GetPlace(Uri uri)
    {
        string path = uri.GetLeftPart(UriPartial.Path);
        return path[..(path.LastIndexOf('/') + 1)];
    }
}
