using System.Text;
using AiFactory.Cli.CommandLine;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return await FactoryCommandLine.Run(args);
