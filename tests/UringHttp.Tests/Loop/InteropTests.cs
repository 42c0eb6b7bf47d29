using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using NUnit.Framework;
using UringHttp.Tests.Tidy;

namespace UringHttp.Tests.Loop;

/// <summary>The managed structs and numbers against native/uringhttp.h, which is read as text.</summary>
internal sealed class InteropTests
{
    private static readonly string Header = Regex.Replace(Repository.Read("native/uringhttp.h"), @"/\*[\s\S]*?\*/", "");

    [TestCase(typeof(Submission), "uh_submission", 32)]
    [TestCase(typeof(Completion), "uh_completion", 16)]
    [TestCase(typeof(RingInfo), "uh_ring_info", 32)]
    [TestCase(typeof(RingConfig), "uh_ring_config", 16)]
    public void A_struct_is_laid_out_as_in_the_header(Type managed, string native, int size)
    {
        var fields = managed.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(field => ((int)Marshal.OffsetOf(managed, field.Name), SizeOf(field.FieldType)))
            .Order();
        Assert.Multiple(() =>
        {
            Assert.That(Marshal.SizeOf(managed), Is.EqualTo(size));
            Assert.That(fields, Is.EqualTo(NativeFields(native, size)));
        });
    }

    [TestCase(typeof(OperationKind), "UH_")]
    [TestCase(typeof(SubmissionFlags), "UH_")]
    [TestCase(typeof(CompletionFlags), "UH_")]
    [TestCase(typeof(UringBackend), "UH_BACKEND_")]
    [TestCase(typeof(RingStage), "UH_STAGE_")]
    public void A_number_is_the_one_of_the_header(Type managed, string prefix)
    {
        var wrong =
            from object value in Enum.GetValues(managed)
            let number = Convert.ToInt64(value, CultureInfo.InvariantCulture)
            where value.ToString() != "None" && NativeNumber(prefix + Shout(value.ToString()!)) != number
            select $"{value} is {number} here";
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void The_features_are_those_of_the_header_in_its_order()
    {
        var bits = Regex.Matches(Header, @"UH_CAP_\w+ = 1u << (\d+)").Select(match => 1u << int.Parse(match.Groups[1].Value));
        var managed = Enum.GetValues<RingFeatures>().Select(feature => (uint)feature).Where(bit => bit != 0);
        Assert.That(managed, Is.EqualTo(bits));
    }

    [Test]
    public void The_library_speaks_the_version_that_the_assembly_asks_for() =>
        Assert.That(NativeMethods.GetAbiVersion(), Is.EqualTo(NativeMethods.AbiVersion));

    private static int SizeOf(Type type) => Marshal.SizeOf(type.IsEnum ? Enum.GetUnderlyingType(type) : type);

    /// <summary>Offset and size of each field, by the rules of C.</summary>
    private static IEnumerable<(int Offset, int Size)> NativeFields(string name, int size)
    {
        var body = Regex.Match(Header, $@"struct {name} \{{(?<fields>[^}}]*)\}}").Groups["fields"].Value;
        var offset = 0;
        foreach (Match field in Regex.Matches(body, @"\bu?int(?<bits>\d+)_t \w+;"))
        {
            var bytes = int.Parse(field.Groups["bits"].Value) / 8;
            offset = (offset + bytes - 1) / bytes * bytes;
            yield return (offset, bytes);
            offset += bytes;
        }

        Assert.That(offset, Is.EqualTo(size), "the header's struct");
    }

    private static long NativeNumber(string name)
    {
        var match = Regex.Match(Header, $@"\b{name} = (?:1u << )?(?<number>\d+)");
        Assert.That(match.Success, $"the header has no {name}");
        var number = int.Parse(match.Groups["number"].Value);
        return match.Value.Contains("<<") ? 1L << number : number;
    }

    /// <summary>PollFirst becomes POLL_FIRST.</summary>
    private static string Shout(string name) => name == "NonEmpty"
        ? "NONEMPTY"
        : Regex.Replace(name, "(?<=[a-z])(?=[A-Z])", "_").ToUpperInvariant();
}
