using System.Runtime.InteropServices;
using NUnit.Framework;

namespace UringHttp.Tests.Support;

/// <summary>The environment that native libraries see. What the BCL sets is seen by managed code only.</summary>
internal static partial class NativeEnvironment
{
    internal static void Set(string name, string value) => Assert.That(SetEnv(name, value, 1), Is.Zero);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
