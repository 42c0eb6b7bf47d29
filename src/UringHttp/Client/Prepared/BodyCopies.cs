using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace UringHttp;

/// <summary>Where the bytes of a body may go to. Loop thread.</summary>
internal static class BodyCopies
{
    internal static async ValueTask<byte[]> ToArrayAsync(LoopBody body, long? length, CancellationToken token)
    {
        if (length is null)
        {
            var writer = new ArrayBufferWriter<byte>();
            await ToWriterAsync(body, writer, token).ConfigureAwait(false);
            return writer.WrittenSpan.ToArray();
        }

        if (length > Array.MaxLength)
        {
            throw new InvalidOperationException(
                $"The body has {length} bytes, and an array at most {Array.MaxLength}. Read it piece by piece.");
        }

        byte[] all = GC.AllocateUninitializedArray<byte>((int)length);
        int count = 0;
        int read;
        while ((read = await body.ReadAsync(all.AsMemory(count), token).ConfigureAwait(false)) > 0)
        {
            count += read;
        }

        return all;
    }

    internal static async ValueTask<long> ToWriterAsync(LoopBody body, IBufferWriter<byte> writer, CancellationToken token)
    {
        long count = 0;
        ReadOnlyMemory<byte> piece;
        while (!(piece = await body.ReadAsync(token).ConfigureAwait(false)).IsEmpty)
        {
            writer.Write(piece.Span);
            count += piece.Length;
        }

        return count;
    }

    internal static async ValueTask<long> ToPipeAsync(LoopBody body, PipeWriter pipe, CancellationToken token)
    {
        long count = 0;
        ReadOnlyMemory<byte> piece;
        while (!(piece = await body.ReadAsync(token).ConfigureAwait(false)).IsEmpty)
        {
            count += piece.Length;
            FlushResult flushed;
            try
            {
                flushed = await pipe.WriteAsync(piece, token).ConfigureAwait(false);
            }
            finally
            {
                await body.Loop.SwitchTo(); // whoever reads the pipe has resumed us
            }

            if (flushed.IsCompleted)
            {
                break;
            }
        }

        return count;
    }

    internal static async ValueTask<long> ToFileAsync(LoopBody body, SafeFileHandle file, long offset, CancellationToken token)
    {
        long count = 0;
        ReadOnlyMemory<byte> piece;
        while (!(piece = await body.ReadAsync(token).ConfigureAwait(false)).IsEmpty)
        {
            RandomAccess.Write(file, piece.Span, offset + count);
            count += piece.Length;
        }

        return count;
    }
}
