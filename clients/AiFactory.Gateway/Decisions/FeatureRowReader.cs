using System.Buffers;
using System.Text;
using System.Text.Json;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Gateway.Rows;

namespace AiFactory.Gateway.Decisions;

/// <summary>
/// Reads a JSON object of named fields, in any order, into one packed row. Made once for each set of inputs; safe for use by several threads.
/// </summary>
internal sealed class FeatureRowReader
{
    private const int StackTokens = 128;

    private readonly TensorSpec[] _inputs;
    private readonly string[] _names;
    private readonly long[][] _shapes;
    private readonly NameTable _table;
    private readonly string? _keyField;
    private readonly int _keySlot;

    /// <param name="keyField">The field that names the unit of assignment; may be one of the inputs. Null: none.</param>
    public FeatureRowReader(IReadOnlyList<TensorSpec> inputs, string? keyField)
    {
        _inputs = [.. inputs];
        _shapes = [.. inputs.Select(input => input.RowShape.Select(dimension => (long)dimension).ToArray())];
        _keyField = keyField;
        var names = inputs.Select(input => input.Name).ToList();
        _keySlot = keyField is null ? -1 : names.IndexOf(keyField);
        if (keyField is not null && _keySlot < 0)
        {
            _keySlot = names.Count;
            names.Add(keyField);
        }

        _names = [.. names];
        _table = new(names);
    }

    /// <summary>Reads one object and appends its row.</summary>
    /// <param name="reader">Stands on the object's start, and is left on its end. It reads <paramref name="body"/> from its first byte.</param>
    /// <returns>The unit of assignment: the key field's value as text; null when there is no key field.</returns>
    /// <exception cref="RefusedException">
    /// <c>field-unknown, field-missing, field-repeated, field-invalid, key-missing</c>: the field is named.
    /// </exception>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public string? Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ByteBuffer row)
    {
        JsonToken[]? rented = null;
        scoped var tokens = _names.Length <= StackTokens
            ? stackalloc JsonToken[StackTokens]
            : rented = ArrayPool<JsonToken>.Shared.Rent(_names.Length);
        tokens = tokens[.._names.Length];
        tokens.Clear();
        try
        {
            Tokenize(ref reader, tokens);
            var unit = _keyField is null ? null : UnitText(tokens[_keySlot], body, _keyField);
            for (var i = 0; i < _inputs.Length; i++)
            {
                WriteField(i, tokens[i], body, row);
            }

            return unit;
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<JsonToken>.Shared.Return(rented);
            }
        }
    }

    /// <summary>The text of the value that names the unit.</summary>
    /// <exception cref="RefusedException"><c>key-missing</c>.</exception>
    public static string UnitText(JsonToken token, ReadOnlySpan<byte> body, string keyField)
    {
        switch (token.Type)
        {
            case JsonTokenType.Number:
            case JsonTokenType.String when !token.Escaped && token.Length > 0:
                return Encoding.UTF8.GetString(token.Bytes(body));
            case JsonTokenType.String when token.Length > 0:
                var text = new ByteBuffer();
                return TensorElements.TryUnescape(token.Bytes(body), text)
                    ? Encoding.UTF8.GetString(text.Span)
                    : throw new RefusedException(Invalid(keyField, "is not valid text.", "Send the text as UTF-8, with surrogate pairs complete."));
            case JsonTokenType.None or JsonTokenType.Null or JsonTokenType.String:
                throw new RefusedException(new("key-missing", RefusalKind.Unprocessable, $"The field '{keyField}', which names the unit to decide for, is missing.",
                    keyField, $"Send '{keyField}' with a string or a number: the same value always gets the same variant."));
            default:
                throw new RefusedException(Invalid(keyField, $"names the unit to decide for, and got {token.Describe(body)}.", "Send a string or a number."));
        }
    }

    private void Tokenize(ref Utf8JsonReader reader, scoped Span<JsonToken> tokens)
    {
        var guess = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var slot = reader.ValueIsEscaped ? FindEscaped(ref reader) : _table.Find(reader.ValueSpan, guess);
            if (slot < 0)
            {
                throw new RefusedException(new("field-unknown", RefusalKind.Unprocessable, $"The model has no field '{reader.GetString()}'.", reader.GetString(),
                    $"Leave it out. The fields are: {string.Join(", ", _names)}."));
            }

            if (tokens[slot].Present)
            {
                throw new RefusedException(new("field-repeated", RefusalKind.Unprocessable, $"The field '{_names[slot]}' is there twice.", _names[slot],
                    "Send each field once."));
            }

            reader.Read();
            tokens[slot] = JsonToken.Take(ref reader);
            guess = slot + 1;
        }
    }

    private int FindEscaped(ref Utf8JsonReader reader)
    {
        Span<byte> name = stackalloc byte[512];
        return reader.ValueSpan.Length > name.Length ? -1 : _table.Find(name[..reader.CopyString(name)], -1);
    }

    private void WriteField(int slot, JsonToken token, ReadOnlySpan<byte> body, ByteBuffer row)
    {
        var input = _inputs[slot];
        if (!token.Present)
        {
            throw new RefusedException(new("field-missing", RefusalKind.Unprocessable, $"The field '{input.Name}' is missing.", input.Name,
                $"Send {ElementFaults.Expected(input.DataType)}; where the value itself is not known, send null."));
        }

        if (token.Type == JsonTokenType.StartArray)
        {
            WriteArray(slot, token, body, row);
            return;
        }

        if (input.RowElements != 1)
        {
            throw new RefusedException(Invalid(input.Name, $"takes an array of shape [{string.Join(',', input.RowShape)}], and got {token.Describe(body)}.",
                $"Send a JSON array of shape [{string.Join(',', input.RowShape)}]."));
        }

        var fault = TensorElements.Write(row, input.DataType, token.Type, token.Bytes(body), token.Escaped);
        if (fault != ElementFault.None)
        {
            throw new RefusedException(Invalid(input.Name, $"{ElementFaults.What(fault, input.DataType, token.Describe(body))}.",
                ElementFaults.Mend(fault, input.DataType)));
        }
    }

    private void WriteArray(int slot, JsonToken token, ReadOnlySpan<byte> body, ByteBuffer row)
    {
        var input = _inputs[slot];
        var array = token.Bytes(body);
        var reader = new Utf8JsonReader(array);
        reader.Read();
        var shape = input.FreeAxes == 0 ? _shapes[slot] : FreeShape.Write(input, array, row);
        var fault = TensorData.Read(ref reader, array, input.DataType, shape, row);
        if (fault.Shape)
        {
            throw new RefusedException(Invalid(input.Name, $"takes values of shape [{string.Join(',', input.RowShape)}], and got an array of {fault.Count}.",
                "Send a JSON array of that shape, or a flat one of that length."));
        }

        if (!fault.None)
        {
            throw new RefusedException(Invalid(input.Name, $"{ElementFaults.What(fault.Fault, input.DataType, fault.Token.Describe(array))} at element {fault.Index}.",
                ElementFaults.Mend(fault.Fault, input.DataType)));
        }
    }

    private static Refusal Invalid(string field, string what, string mend) =>
        new("field-invalid", RefusalKind.Unprocessable, $"The field '{field}' {what}", field, mend);
}
