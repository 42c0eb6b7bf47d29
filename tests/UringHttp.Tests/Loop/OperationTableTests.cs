using System.Reflection;
using NUnit.Framework;

namespace UringHttp.Tests.Loop;

internal sealed class OperationTableTests
{
    [Test]
    public void A_token_finds_its_operation_until_it_is_removed()
    {
        var table = new OperationTable();
        var operation = new Idle();
        var token = table.Add(operation);
        Assert.That(
            (table.Find(token), operation.Token, operation.InFlight, table.Count),
            Is.EqualTo(((Operation)operation, token, true, 1)));

        table.Remove(operation);
        Assert.That((table.Find(token), operation.InFlight, table.Count), Is.EqualTo(((Operation?)null, false, 0)));
    }

    [Test]
    public void A_stale_token_finds_nothing_when_its_slot_is_used_again()
    {
        var table = new OperationTable();
        var first = new Idle();
        var stale = table.Add(first);
        table.Remove(first);
        var second = new Idle();
        var token = table.Add(second);
        Assert.Multiple(() =>
        {
            Assert.That((uint)token, Is.EqualTo((uint)stale), "the slot is used again");
            Assert.That(table.Find(stale), Is.Null);
            Assert.That(table.Find(token), Is.SameAs(second));
        });
    }

    [Test]
    public void No_token_is_zero_even_when_the_generation_has_gone_round()
    {
        var table = new OperationTable();
        var operation = new Idle();
        var old = table.Add(operation);
        table.Remove(operation);
        SetGeneration(table, (int)(uint)old, uint.MaxValue - 1);

        var last = AddAndRemove(table);
        var next = AddAndRemove(table);
        Assert.Multiple(() =>
        {
            Assert.That(last >> 32, Is.EqualTo(uint.MaxValue));
            Assert.That(next >> 32, Is.EqualTo(1), "0 would make a token that names no operation");
            Assert.That(table.Find(last), Is.Null);
            Assert.That(table.Find(next), Is.Null);
        });
    }

    [TestCase(0UL)]
    [TestCase(ulong.MaxValue)]
    [TestCase(0x1_0000_FFFFUL)]
    [TestCase(0x1_8000_0000UL)]
    [TestCase(0x2_0000_0000UL)]
    public void A_token_that_was_never_given_finds_nothing(ulong token)
    {
        var table = new OperationTable();
        table.Add(new Idle());
        Assert.That(table.Find(token), Is.Null);
    }

    [Test]
    public void Random_use_agrees_with_a_dictionary([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        var table = new OperationTable();
        var model = new Dictionary<ulong, Operation>();
        var gone = new List<ulong>();
        for (var step = 0; step < 20_000; step++)
        {
            if (model.Count == 0 || random.Next(100) < 52)
            {
                var operation = new Idle();
                var token = table.Add(operation);
                Assert.That(token != 0 && model.TryAdd(token, operation), $"token {token:x} is new in step {step}");
            }
            else
            {
                var (token, operation) = model.ElementAt(random.Next(Math.Min(model.Count, 64)));
                table.Remove(operation);
                model.Remove(token);
                gone.Add(token);
            }
        }

        Assert.Multiple(() =>
        {
            Assert.That(table.Count, Is.EqualTo(model.Count));
            Assert.That(model.All(pair => table.Find(pair.Key) == pair.Value));
            Assert.That(gone.All(token => table.Find(token) is null));
        });
    }

    [Test]
    public void Taking_any_takes_each_once()
    {
        var table = new OperationTable();
        var added = Enumerable.Range(0, 300).Select(_ => new Idle()).ToArray();
        Array.ForEach(added, operation => table.Add(operation));
        var taken = new List<Operation>();
        while (table.TakeAny() is { } operation)
        {
            taken.Add(operation);
        }

        Assert.That(taken, Is.EquivalentTo(added));
        Assert.That(table.Count, Is.Zero);
    }

    [Test]
    public void Stopping_tells_each_operation_in_flight()
    {
        var table = new OperationTable();
        var added = Enumerable.Range(0, 300).Select(_ => new Idle()).ToArray();
        Array.ForEach(added, operation => table.Add(operation));
        table.Remove(added[7]);
        table.StopAll();
        Assert.That(added.Where(operation => operation.Stops != 1), Is.EqualTo([added[7]]));
    }

    private static ulong AddAndRemove(OperationTable table)
    {
        var operation = new Idle();
        var token = table.Add(operation);
        table.Remove(operation);
        return token;
    }

    /// <summary>Four thousand million uses of a slot would take too long.</summary>
    private static void SetGeneration(OperationTable table, int slot, uint generation)
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.NonPublic;
        var slots = (Array)typeof(OperationTable).GetField("_slots", Any)!.GetValue(table)!;
        var value = slots.GetValue(slot)!;
        value.GetType().GetField("Generation", Any)!.SetValue(value, generation);
        slots.SetValue(value, slot);
    }

    private sealed class Idle : Operation
    {
        public int Stops { get; private set; }

        internal override void OnCompletion(int result, CompletionFlags flags)
        {
        }

        internal override void OnLoopStopping() => Stops++;
    }
}
