using System.Text;

namespace AiFactory.Gateway.Models;

/// <summary>Graphs without a node, whose one tensor each may lie in another file.</summary>
internal static class TestOnnx
{
    public static byte[] Graph(params string[] externals)
    {
        byte[] graph = [.. externals.SelectMany(location => Message(5, [.. Field(8, "w"), .. Message(13, [.. Field(1, "location"), .. Field(2, location)]), 0x70, 1]))];
        return [0x08, 8, .. Message(7, graph)];
    }

    /// <summary>The external tensor is an attribute of a node in a subgraph of a node.</summary>
    public static byte[] Nested(string location)
    {
        var tensor = Message(5, Message(13, [.. Field(1, "location"), .. Field(2, location)]));
        var inner = Message(6, Message(1, Message(5, tensor)));
        return [0x08, 8, .. Message(7, Message(1, Message(5, inner)))];
    }

    private static byte[] Field(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, byte[] bytes) => [(byte)((field << 3) | 2), (byte)bytes.Length, .. bytes];
}
