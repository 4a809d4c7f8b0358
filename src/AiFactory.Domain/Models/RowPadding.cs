namespace AiFactory.Domain.Models;

/// <summary>
/// A free axis along which rows of different sizes are padded to run together. Only the model's owner can know that this changes no answer, e.g. because
/// a mask tells the model which elements are a row's own; so it holds for models whose owner says so.
/// </summary>
/// <param name="Axis">Name of the axis, as the file gives it: every free axis of that name is padded, and cut back in outputs.</param>
/// <param name="Value">What is put behind a row's own elements, of inputs without a value of their own.</param>
/// <param name="Values">By input; null or empty: none has a value of its own.</param>
/// <param name="Sizes">Sizes that rows are padded to, growing; a row longer than all of them stays as it is. Null: 8, and then each power of two and one and a half of it.</param>
public sealed record RowPadding(string Axis, double Value = 0, IReadOnlyDictionary<string, double>? Values = null, IReadOnlyList<int>? Sizes = null);
