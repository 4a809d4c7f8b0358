using System.CommandLine;
namespace AiFactory.Cli.Demo;
internal static class DemoCommand { public static Command Create() => new("demo", "x"); }
