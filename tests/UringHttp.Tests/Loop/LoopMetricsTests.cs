using System.Diagnostics.Metrics;
using NUnit.Framework;
using UringHttp.Tests.Support;

namespace UringHttp.Tests.Loop;

/// <summary>The counters of a loop, as those see them who collect metrics.</summary>
[TestFixture]
internal sealed class LoopMetricsTests
{
    [Test]
    public async Task A_loop_is_measured_from_its_begin_to_its_end()
    {
        string name = $"metered-{Guid.NewGuid():N}"[..15];
        Dictionary<string, long> seen = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "UringHttp.Loop")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags.ToArray().Contains(new("uring.loop.thread", name)))
            {
                Assert.That(tags.ToArray().Single(tag => tag.Key == "uring.loop.backend").Value, Is.EqualTo("Epoll"));
                seen[instrument.Name] = value;
            }
        });
        listener.Start();
        using (var loop = new UringLoop(new UringLoopOptions { ThreadName = name, Backend = UringBackend.Epoll }))
        {
            for (int i = 0; i < 10; i++)
            {
                await loop.RunAsync(() => Task.CompletedTask).Soon();
            }

            listener.RecordObservableInstruments();
            Assert.That(seen.Keys, Is.EquivalentTo(new[]
            {
                "uring.loop.turns", "uring.loop.submissions", "uring.loop.completions", "uring.loop.slow_turns", "uring.loop.wakes",
                "uring.loop.unhandled_exceptions", "uring.loop.operations", "uring.loop.blocks", "uring.loop.descriptors",
                "uring.loop.memory",
            }));
            Assert.That(seen["uring.loop.turns"], Is.GreaterThan(5));
            Assert.That(seen["uring.loop.wakes"], Is.GreaterThan(0));
        }

        seen.Clear();
        listener.RecordObservableInstruments();
        Assert.That(seen, Is.Empty);
    }
}
