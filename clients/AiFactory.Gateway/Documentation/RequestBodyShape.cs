namespace AiFactory.Gateway.Documentation;

/// <summary>
/// What body a route takes, for the document only: ASP.NET's own metadata would also choose routes by content type, and so hide the error that
/// names the right one.
/// </summary>
/// <param name="Required">Whether a request without a body is refused.</param>
internal sealed record RequestBodyShape(Type Type, IReadOnlyList<string> ContentTypes, bool Required = true);
