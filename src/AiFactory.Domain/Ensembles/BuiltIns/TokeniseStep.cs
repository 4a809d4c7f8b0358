using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Ensembles.BuiltIns;

/// <summary>
/// <c>tokenise</c>: words of a text as numbers of a vocabulary. Words end at white space and around punctuation; with <c>wordpiece</c> a word that is not in the
/// vocabulary is cut into its longest known pieces from the left, later ones marked <c>##</c> (Wu et al. 2016). One text (BYTES) in; <c>ids</c> and <c>mask</c>
/// (INT64, <c>length</c> of each, 1 where there is a token) out.
/// </summary>
public sealed class TokeniseStep(string[] vocabulary, int length, bool lowercase, bool wordPiece, int unknown, int padding, int first, int last) : BuiltInStep
{
    public override IReadOnlyList<string> Inputs { get; } = ["text"];

    public IReadOnlyList<string> Vocabulary => vocabulary;

    /// <summary>Tokens of a row; longer texts are cut.</summary>
    public int Length => length;

    public bool Lowercase => lowercase;

    public bool WordPiece => wordPiece;

    /// <summary>Number of the token for what is not in the vocabulary.</summary>
    public int Unknown => unknown;

    public int Padding => padding;

    /// <summary>Number of the token before every text; -1: none.</summary>
    public int First => first;

    /// <summary>Number of the token after every text; -1: none.</summary>
    public int Last => last;

    public override Ruling<TensorSpec[]> Infer(IReadOnlyList<TensorSpec> inputs) =>
        inputs[0] is { DataType: TensorDataType.Bytes, RowElements: 1 } text && !text.RowShape.Contains(-1)
            ? new TensorSpec[] { new("ids", TensorDataType.Int64, [length]), new("mask", TensorDataType.Int64, [length]) }
            : Unfit("text", "one BYTES element a row", inputs[0]);

    internal static TokeniseStep Read(StepParameters parameters)
    {
        var vocabulary = parameters.Texts("vocabulary");
        return new(vocabulary, parameters.Integer("length", null, 3, 1 << 16), parameters.Flag("lowercase", true), parameters.Flag("wordpiece", true),
            Token("unknown", "[UNK]", required: true), Token("padding", "[PAD]", required: true), Token("first", "", required: false), Token("last", "", required: false));

        int Token(string name, string otherwise, bool required)
        {
            var text = parameters.Text(name, otherwise);
            var index = Array.IndexOf(vocabulary, text);
            if (index < 0 && (required || text.Length > 0))
                parameters.Refuse(name, $"is '{text}', which is not in the vocabulary", "Name a token of the vocabulary.");
            return index;
        }
    }
}
