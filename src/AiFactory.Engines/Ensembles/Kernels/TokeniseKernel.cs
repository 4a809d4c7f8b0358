using AiFactory.Domain.Ensembles.BuiltIns;

namespace AiFactory.Engines.Ensembles.Kernels;

/// <summary><see cref="TokeniseStep"/></summary>
internal sealed class TokeniseKernel : IStepKernel
{
    // Longer words are unknown, as in BERT's own tokeniser; looking for pieces in them takes time with the square of their length.
    private const int WordCharactersMax = 100;

    private readonly TokeniseStep _step;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _whole;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _later;
    private readonly List<int> _tokens = [];

    public TokeniseKernel(TokeniseStep step)
    {
        _step = step;
        var whole = new Dictionary<string, int>(StringComparer.Ordinal);
        var later = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < step.Vocabulary.Count; i++)
        {
            var token = step.Vocabulary[i];
            whole.TryAdd(token, i);
            if (token.StartsWith("##", StringComparison.Ordinal))
            {
                later.TryAdd(token[2..], i);
            }
        }

        (_whole, _later) = (whole.GetAlternateLookup<ReadOnlySpan<char>>(), later.GetAlternateLookup<ReadOnlySpan<char>>());
    }

    public void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts)
    {
        for (var row = 0; row < inputs[0].Count; row++)
        {
            Tokenise(Texts.Read(inputs[0].Bytes(row)));
            var ids = outputs[0].AddLongs(_step.Length);
            var mask = outputs[1].AddLongs(_step.Length);
            for (var i = 0; i < ids.Length; i++)
            {
                ids[i] = i < _tokens.Count ? _tokens[i] : _step.Padding;
                mask[i] = i < _tokens.Count ? 1 : 0;
            }
        }
    }

    private void Tokenise(string text)
    {
        text = _step.Lowercase ? text.ToLowerInvariant() : text;
        _tokens.Clear();
        if (_step.First >= 0)
        {
            _tokens.Add(_step.First);
        }

        var most = _step.Length - (_step.Last >= 0 ? 1 : 0);
        for (var at = 0; at < text.Length && _tokens.Count < most;)
        {
            var end = WordEnd(text, at);
            if (!char.IsWhiteSpace(text[at]))
            {
                AddWord(text.AsSpan(at..end));
            }

            at = end;
        }

        if (_tokens.Count > most)
        {
            _tokens.RemoveRange(most, _tokens.Count - most);
        }

        if (_step.Last >= 0)
        {
            _tokens.Add(_step.Last);
        }
    }

    // A white space or a punctuation mark stands alone.
    private static int WordEnd(string text, int at)
    {
        var end = at + 1;
        if (!IsBreak(text[at]))
        {
            while (end < text.Length && !IsBreak(text[end]))
            {
                end++;
            }
        }

        return end;
    }

    private static bool IsBreak(char c) => char.IsWhiteSpace(c) || char.IsPunctuation(c) || char.IsSymbol(c);

    private void AddWord(ReadOnlySpan<char> word)
    {
        if (_whole.TryGetValue(word, out var token))
        {
            _tokens.Add(token);
            return;
        }

        var before = _tokens.Count;
        var left = _step.WordPiece && word.Length <= WordCharactersMax ? word : [];
        for (var first = true; !left.IsEmpty; first = false)
        {
            var length = left.Length;
            while (length > 0 && !(first ? _whole : _later).TryGetValue(left[..length], out token))
            {
                length--;
            }

            if (length == 0)
            {
                // A word with a piece that is not known is unknown as a whole.
                _tokens.RemoveRange(before, _tokens.Count - before);
                break;
            }

            _tokens.Add(token);
            left = left[length..];
        }

        if (_tokens.Count == before)
        {
            _tokens.Add(_step.Unknown);
        }
    }
}
