using System.Text;
using AiFactory.Domain.Refusals;

namespace AiFactory.Gateway.Models;

/// <summary>
/// What an import has to know of an ONNX file before an engine sees it: that it is one, and which other files its tensors lie in. Reads the protobuf wire
/// format, with the field numbers of the public onnx.proto, without holding the file in memory.
/// </summary>
internal static class OnnxOutline
{
    private const int DepthMax = 64;
    private const int TextBytesMax = 4096;

    private enum Kind
    {
        Model,
        Training,
        Function,
        Graph,
        Node,
        Attribute,
        Tensor,
        Sparse,
        Entry,
    }

    /// <summary>Locations of the files with external tensor data, each once, as the graph names them.</summary>
    /// <param name="onnx">Can seek.</param>
    /// <exception cref="RefusedException"><c>artifact-corrupt</c>: not ONNX, or cut off.</exception>
    public static IReadOnlyList<string> ExternalFiles(Stream onnx, string name)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            var scan = new Scan(onnx, found);
            scan.Message(Kind.Model, onnx.Length, depth: 0);
            if (scan is { Graphs: > 0, Versioned: true })
            {
                return [.. found];
            }
        }
        catch (InvalidDataException)
        {
            // Told below, like everything else that is no ONNX file.
        }

        throw new RefusedException(new("artifact-corrupt", RefusalKind.Unprocessable, $"'{name}' is not an ONNX file, or not a whole one.", name,
            "Check the file with onnx.checker, and send it whole."));
    }

    private static Kind? Within(Kind kind, int field) => (kind, field) switch
    {
        (Kind.Model, 7) or (Kind.Training, 1 or 2) or (Kind.Attribute, 6 or 11) => Kind.Graph,
        (Kind.Model, 20) => Kind.Training,
        (Kind.Model, 25) => Kind.Function,
        (Kind.Graph, 1) or (Kind.Function, 7) => Kind.Node,
        (Kind.Node, 5) => Kind.Attribute,
        (Kind.Graph, 5) or (Kind.Attribute, 5 or 10) or (Kind.Sparse, 1 or 2) => Kind.Tensor,
        (Kind.Graph, 15) or (Kind.Attribute, 22 or 23) => Kind.Sparse,
        (Kind.Tensor, 13) => Kind.Entry,
        _ => null,
    };

    private sealed class Scan(Stream stream, ISet<string> found)
    {
        private string? _key;

        public int Graphs { get; private set; }

        public bool Versioned { get; private set; }

        public void Message(Kind kind, long end, int depth)
        {
            if (depth > DepthMax || end > stream.Length)
            {
                throw new InvalidDataException();
            }

            while (stream.Position < end)
            {
                var tag = Varint();
                var field = checked((int)(tag >> 3));
                switch (tag & 7)
                {
                    case 0:
                        _ = Varint();
                        Versioned |= kind == Kind.Model && field == 1;
                        break;
                    case 1:
                        Skip(8, end);
                        break;
                    case 2:
                        Inner(kind, field, checked((long)Varint()), end, depth);
                        break;
                    case 5:
                        Skip(4, end);
                        break;
                    default:
                        throw new InvalidDataException();
                }
            }

            if (stream.Position != end)
            {
                throw new InvalidDataException();
            }
        }

        private void Inner(Kind kind, int field, long length, long end, int depth)
        {
            if (length > end - stream.Position)
            {
                throw new InvalidDataException();
            }

            if (Within(kind, field) is { } inner)
            {
                Graphs += kind == Kind.Model && inner == Kind.Graph ? 1 : 0;
                Message(inner, stream.Position + length, depth + 1);
            }
            else if (kind == Kind.Entry && field is 1 or 2 && length <= TextBytesMax)
            {
                Entry(field, Text((int)length));
            }
            else
            {
                Skip(length, end);
            }
        }

        // Key before value, as every writer has it; the value of 'location' names the file.
        private void Entry(int field, string text)
        {
            if (field == 1)
            {
                _key = text;
            }
            else if (_key == "location")
            {
                found.Add(text);
            }
        }

        private string Text(int length)
        {
            var bytes = new byte[length];
            stream.ReadExactly(bytes);
            return Encoding.UTF8.GetString(bytes);
        }

        private void Skip(long length, long end)
        {
            if (length > end - stream.Position)
            {
                throw new InvalidDataException();
            }

            stream.Seek(length, SeekOrigin.Current);
        }

        private ulong Varint()
        {
            var value = 0UL;
            for (var shift = 0; shift < 64; shift += 7)
            {
                var next = stream.ReadByte();
                if (next < 0)
                {
                    throw new InvalidDataException();
                }

                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                {
                    return value;
                }
            }

            throw new InvalidDataException();
        }
    }
}
