using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace UringHttp;

/// <summary>
/// Reads options out of a configuration. Stricter than the BCL's binder, which passes over a misspelt key and goes on with the
/// default; and without its reflection over whole graphs, so that it can be trimmed.
/// </summary>
internal static class OptionsReader
{
    /// <summary>The types that a text can be, and how it is read.</summary>
    private static readonly Dictionary<Type, Func<string, object>> s_readers = new()
    {
        [typeof(bool)] = text => bool.Parse(text),
        [typeof(int)] = text => int.Parse(text, CultureInfo.InvariantCulture),
        [typeof(long)] = text => long.Parse(text, CultureInfo.InvariantCulture),
        [typeof(string)] = text => text,
        [typeof(TimeSpan)] = text => text.Equals("Infinite", StringComparison.OrdinalIgnoreCase)
            ? Timeout.InfiniteTimeSpan
            : TimeSpan.Parse(text, CultureInfo.InvariantCulture),
    };

    /// <summary>Sets each option that the section has a key for. Keys are compared without case, as everywhere in configurations.</summary>
    /// <exception cref="InvalidOperationException">A key names no option, or its value is none: the message has the key's path.</exception>
    internal static void Read<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(
        IConfiguration section, TOptions options)
        where TOptions : class
    {
        foreach (IConfigurationSection entry in section.GetChildren())
        {
            PropertyInfo property = Array.Find(typeof(TOptions).GetProperties(), it => IsNamed(it, entry.Key))
                ?? throw NewUnknownKey<TOptions>(entry);
            object value = Read(entry, property);
            try
            {
                property.SetValue(options, value);
            }
            catch (TargetInvocationException e)
            {
                throw new InvalidOperationException($"Configuration '{entry.Path}': {e.InnerException!.Message}", e.InnerException);
            }
        }
    }

    private static bool IsNamed(PropertyInfo property, string key) =>
        property.Name.Equals(key, StringComparison.OrdinalIgnoreCase) && IsReadable(property);

    private static bool IsReadable(PropertyInfo property) =>
        property.CanWrite && (property.PropertyType.IsEnum || s_readers.ContainsKey(property.PropertyType));

    private static object Read(IConfigurationSection entry, PropertyInfo property)
    {
        Type type = property.PropertyType;
        try
        {
            string text = entry.Value ?? throw new FormatException("It has no value.");
            return type.IsEnum ? Enum.Parse(type, text, ignoreCase: true) : s_readers[type](text);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw new InvalidOperationException(
                $"Configuration '{entry.Path}': '{entry.Value}' is no {type.Name} for "
                    + $"{property.DeclaringType!.Name}.{property.Name}. {e.Message}",
                e);
        }
    }

    private static InvalidOperationException NewUnknownKey<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(IConfigurationSection entry)
    {
        IEnumerable<string> names = typeof(TOptions).GetProperties().Where(IsReadable).Select(property => property.Name).Order();
        return new InvalidOperationException(
            $"Configuration '{entry.Path}' names no option of {typeof(TOptions).Name} that a configuration can set. "
                + $"Those are: {string.Join(", ", names)}.");
    }
}
