using NUnit.Framework;

namespace UringHttp.Tests.Http1;

[TestFixture]
internal sealed class HttpProtocolErrorTests
{
    [Test]
    public void Every_error_has_a_sentence_of_its_own_that_names_the_rule([Values] HttpProtocolError error)
    {
        var sentence = error.Describe();
        var others = Enum.GetValues<HttpProtocolError>().Where(other => other != error).Select(other => other.Describe());
        Assert.Multiple(() =>
        {
            Assert.That(sentence, Does.EndWith("."));
            Assert.That(others, Has.None.EqualTo(sentence));
            Assert.That(sentence, error == HttpProtocolError.None ? Is.Not.Empty : Does.Contain("RFC 911"));
            Assert.That(sentence, Is.Not.EqualTo(((HttpProtocolError)int.MaxValue).Describe()));
        });
    }

    [Test]
    public void A_limit_below_1_is_a_mistake_of_the_caller()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => new HttpLimits { MaxResponseHeadBytes = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new HttpLimits { MaxTrailerFields = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }
}
