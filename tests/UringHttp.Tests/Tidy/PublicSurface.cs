using System.Globalization;
using System.Reflection;

namespace UringHttp.Tests.Tidy;

/// <summary>The public surface of an assembly as text: what a user can name, one type or member a line, in the order of names.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(double)] = "double",
        [typeof(nint)] = "nint",
    };

    public static IEnumerable<string> Of(Assembly assembly) =>
        from type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal)
        from line in Members(type).Select(member => "    " + member).Prepend(Head(type))
        select line;

    // ---- Types

    private static string Head(Type type)
    {
        var bases = Bases(type).Select(@base => Name(@base)).Order(StringComparer.Ordinal);
        return $"{Kind(type)} {type.Namespace}.{Name(type)} : {string.Join(", ", bases)}".TrimEnd(' ', ':');
    }

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => (IsReadOnly(type) ? "readonly " : "") + (type.IsByRefLike ? "ref struct" : "struct"),
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static IEnumerable<Type> Bases(Type type)
    {
        if (type.IsEnum)
        {
            return [Enum.GetUnderlyingType(type)];
        }

        var interfaces = type.GetInterfaces().Where(implemented => implemented.IsVisible);
        var hasBase = type.IsClass && type.BaseType != typeof(object);
        return hasBase ? interfaces.Append(type.BaseType!) : interfaces;
    }

    private static bool IsReadOnly(Type type) =>
        type.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "IsReadOnlyAttribute");

    // ---- Members

    private static IEnumerable<string> Members(Type type) => type.IsEnum
        ? Enum.GetNames(type).Select(name => $"{name} = {Enum.Format(type, Enum.Parse(type, name), "D")}")
        : from member in type.GetMembers(Declared)
          where !member.Name.StartsWith('<') && member.Name != nameof(Finalize)
          let text = Member(member)
          where text is not null
          orderby member.Name, text
          select text;

    /// <summary>Null for what a user cannot name.</summary>
    private static string? Member(MemberInfo member) => member switch
    {
        ConstructorInfo constructor when IsVisible(constructor) =>
            $"{Modifiers(constructor)}{Name(constructor.DeclaringType!)}({Parameters(constructor.GetParameters())})",
        MethodInfo method when IsVisible(method) && !IsAccessor(method) =>
            $"{Modifiers(method)}{Type(method.ReturnParameter)} {method.Name}{Generics(method)}({Parameters(method.GetParameters())})",
        PropertyInfo property => Property(property),
        EventInfo { AddMethod: { } add } raised when IsVisible(add) =>
            $"{Modifiers(add)}event {Name(raised.EventHandlerType!, Nullability.Create(raised))} {raised.Name}",
        FieldInfo { IsSpecialName: false, IsPublic: true } or FieldInfo { IsFamily: true } => Field((FieldInfo)member),
        _ => null,
    };

    private static string? Property(PropertyInfo property)
    {
        var setter = property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? "init" : "set";
        var accessors = Accessor(property.GetMethod, "get") + Accessor(property.SetMethod, setter);
        if (accessors.Length == 0)
        {
            return null;
        }

        var modifiers = Modifiers(property.GetAccessors(nonPublic: true).First(IsVisible));
        var index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{Parameters(parameters)}]" : "";
        return $"{modifiers}{Name(property.PropertyType, Nullability.Create(property))} {property.Name}{index} {{ {accessors}}}";
    }

    private static string Accessor(MethodInfo? accessor, string keyword) => accessor switch
    {
        { IsPublic: true } => keyword + "; ",
        { } when IsVisible(accessor) => $"protected {keyword}; ",
        _ => "",
    };

    private static string Field(FieldInfo field)
    {
        var modifiers = field switch
        {
            { IsLiteral: true } => "const ",
            { IsStatic: true, IsInitOnly: true } => "static readonly ",
            { IsStatic: true } => "static ",
            { IsInitOnly: true } => "readonly ",
            _ => "",
        };
        var value = field.IsLiteral ? " = " + Literal(field.GetRawConstantValue()) : "";
        return $"{modifiers}{Name(field.FieldType, Nullability.Create(field))} {field.Name}{value}";
    }

    private static string Modifiers(MethodBase method)
    {
        var access = method.IsPublic ? "" : "protected ";
        return access + method switch
        {
            { IsStatic: true } => "static ",
            { DeclaringType.IsInterface: true } => "",
            { IsAbstract: true } => "abstract ",
            MethodInfo info when info.GetBaseDefinition() != info => "override ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => "",
        };
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    /// <summary>Of a property or an event. An operator has a special name too.</summary>
    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    // ---- Parameters and names

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var passed = parameter switch
        {
            { IsOut: true } => "out ",
            { IsIn: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) => "params ",
            _ => "",
        };
        var fallback = parameter.HasDefaultValue ? " = " + Literal(parameter.RawDefaultValue) : "";
        return $"{passed}{Type(parameter)} {parameter.Name}{fallback}";
    }

    private static string Literal(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Type(ParameterInfo parameter) => Name(parameter.ParameterType, Nullability.Create(parameter));

    private static string Name(Type type, NullabilityInfo? nullability = null)
    {
        if (type.IsByRef)
        {
            return Name(type.GetElementType()!, nullability);
        }

        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return Name(value) + "?";
        }

        // A type parameter counts as nullable when nothing constrains it.
        var canBeMarked = !type.IsValueType && !type.IsGenericParameter;
        var mark = canBeMarked && nullability?.ReadState == NullabilityState.Nullable ? "?" : "";
        return type.IsArray ? Name(type.GetElementType()!, nullability?.ElementType) + "[]" + mark : PlainName(type, nullability) + mark;
    }

    private static string PlainName(Type type, NullabilityInfo? nullability)
    {
        if (Keywords.TryGetValue(type, out var keyword))
        {
            return keyword;
        }

        var outer = type is { IsNested: true, IsGenericParameter: false } ? Name(type.DeclaringType!) + "." : "";
        var arguments = type.GetGenericArguments()
            .Select((argument, index) => Name(argument, nullability?.GenericTypeArguments.ElementAtOrDefault(index)));
        return outer + type.Name.Split('`')[0] + (type.IsGenericType ? $"<{string.Join(", ", arguments)}>" : "");
    }
}
