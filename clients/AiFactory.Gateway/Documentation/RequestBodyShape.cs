namespace AiFactory.Gateway.Documentation;

/// <summary>
/// What body a route takes, for the document only: ASP.NET's own metadata would also choose routes by content type, and so hide the error that
/// names the right one.
/// </summary>
internal sealed record RequestBodyShape(Type Type, IReadOnlyList<string> ContentTypes);
