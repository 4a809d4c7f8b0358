using AiFactory.Domain.Models;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>The bindings of a model with free axes: one for each number of rows and sizes seen lately. The one used longest ago goes first.</summary>
internal sealed class ShapedBindings(InferenceSession session, ModelSignature signature) : IDisposable
{
    private const int BindingsMax = 16;
    private const long BytesMax = 64 * 1024 * 1024;

    // The one used last stands last.
    private readonly List<ShapedBinding> _bindings = new(BindingsMax);
    private long _bytes;

    /// <summary>Bytes of all buffers held.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <param name="sizes">Of the inputs' free axes, in signature order.</param>
    public ShapedBinding For(int rows, ReadOnlySpan<int> sizes)
    {
        for (var i = _bindings.Count - 1; i >= 0; i--)
        {
            var known = _bindings[i];
            if (known.Rows == rows && known.Sizes.AsSpan().SequenceEqual(sizes))
            {
                if (i != _bindings.Count - 1)
                {
                    _bindings.RemoveAt(i);
                    _bindings.Add(known);
                }

                return known;
            }
        }

        var made = new ShapedBinding(session, signature, rows, sizes.ToArray());
        while (_bindings.Count > 0 && (_bindings.Count == BindingsMax || _bytes + made.Bytes > BytesMax))
        {
            Volatile.Write(ref _bytes, _bytes - _bindings[0].Bytes);
            _bindings[0].Dispose();
            _bindings.RemoveAt(0);
        }

        _bindings.Add(made);
        Volatile.Write(ref _bytes, _bytes + made.Bytes);
        return made;
    }

    public void Dispose()
    {
        foreach (var binding in _bindings)
        {
            binding.Dispose();
        }
    }
}
