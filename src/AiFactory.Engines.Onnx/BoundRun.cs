using AiFactory.Domain.Models;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>Inputs and outputs bound once for one shape; running it again makes no managed object where every output has a buffer.</summary>
internal sealed class BoundRun : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly List<OrtValue> _values = [];
    private readonly OrtValue?[] _inputStrings;
    private readonly List<string> _unsized = [];

    /// <param name="inputs">One buffer an input, in signature order.</param>
    /// <param name="outputs">One an output; null where the runtime is to make the tensor, because its size is not known before.</param>
    /// <param name="shapes">Whole shapes of the inputs, then of the outputs that have buffers.</param>
    public BoundRun(
        InferenceSession session, ModelSignature signature, TensorBuffer[] inputs, TensorBuffer?[] outputs, Func<TensorBuffer, long[]> shapes, int rows)
    {
        (_session, Rows) = (session, rows);
        _binding = session.CreateIoBinding();
        _inputStrings = new OrtValue?[inputs.Length];
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                var value = Value(inputs[i], shapes, rows);
                _inputStrings[i] = inputs[i].IsString ? value : null;
                _binding.BindInput(inputs[i].Spec.Name, value);
            }

            for (var i = 0; i < outputs.Length; i++)
            {
                if (outputs[i] is { IsString: false } buffer)
                {
                    _binding.BindOutput(buffer.Spec.Name, Value(buffer, shapes, rows));
                }
                else
                {
                    // Bound here, because outputs are given back in the order in which they were first bound.
                    _unsized.Add(signature.Outputs[i].Name);
                    _binding.BindOutputToDevice(signature.Outputs[i].Name, OrtMemoryInfo.DefaultInstance);
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Rows { get; }

    public void SetString(int input, int element, ReadOnlySpan<byte> utf8) => _inputStrings[input]!.StringTensorSetElementAt(utf8, element);

    /// <summary>Runs the model; the outputs, in signature order, are given only where one has no buffer.</summary>
    public IDisposableReadOnlyCollection<OrtValue>? Run(RunOptions options)
    {
        _session.RunWithBinding(options, _binding);
        return _unsized.Count > 0 ? _binding.GetOutputValues() : null;
    }

    /// <summary>Lets go of outputs that the runtime made: the next run makes them anew, in whatever shape they then have.</summary>
    public void BindUnsized()
    {
        foreach (var name in _unsized)
        {
            _binding.BindOutputToDevice(name, OrtMemoryInfo.DefaultInstance);
        }
    }

    public void Dispose()
    {
        _binding.Dispose();
        foreach (var value in _values)
        {
            value.Dispose();
        }
    }

    private OrtValue Value(TensorBuffer buffer, Func<TensorBuffer, long[]> shapes, int rows)
    {
        var value = buffer.CreateValue(shapes(buffer), rows);
        _values.Add(value);
        return value;
    }
}
