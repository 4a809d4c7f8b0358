using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Marks one needed symbol version of an ELF64 little-endian library weak (VER_FLG_WEAK in .gnu.version_r). Compiled by the build, not part of
/// any assembly. Does nothing when it is marked already, or when the system's provider of the version has it.
/// </summary>
public class MarkSymbolVersionWeak : Task
{
    private const uint SectionVersionNeeds = 0x6ffffffe;
    private const ushort FlagWeak = 2;

    [Required]
    public string Library { get; set; }

    [Required]
    public string Version { get; set; }

    /// <summary>File name of the library that should define the version.</summary>
    [Required]
    public string Provider { get; set; }

    public bool Always { get; set; }

    public override bool Execute()
    {
        if (!Always && SystemHasVersion())
        {
            return true;
        }

        var bytes = File.ReadAllBytes(Library);
        if (!Mark(bytes))
        {
            return true;
        }

        // The time is kept, so that incremental builds take the copy for unchanged; the move replaces a link instead of writing through it.
        var written = File.GetLastWriteTimeUtc(Library);
        var aside = Library + "." + Guid.NewGuid().ToString("N");
        File.Copy(Library, aside);
        File.WriteAllBytes(aside, bytes);
        File.SetLastWriteTimeUtc(aside, written);
        File.Delete(Library);
        File.Move(aside, Library);
        Log.LogMessage(MessageImportance.Normal, "{0}: the need for {1} is now weak.", Library, Version);
        return true;
    }

    /// <summary>The runtime that executes this build has the system's provider mapped; where not, the version counts as absent.</summary>
    private bool SystemHasVersion()
    {
        try
        {
            var line = File.ReadLines("/proc/self/maps").FirstOrDefault(entry => entry.Contains("/" + Provider));
            return line != null && Find(File.ReadAllBytes(line.Substring(line.IndexOf('/'))), Encoding.ASCII.GetBytes(Version + "\0"));
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool Find(byte[] bytes, byte[] wanted)
    {
        for (var at = Array.IndexOf(bytes, wanted[0]); at >= 0 && at + wanted.Length <= bytes.Length; at = Array.IndexOf(bytes, wanted[0], at + 1))
        {
            var same = 1;
            while (same < wanted.Length && bytes[at + same] == wanted[same])
            {
                same++;
            }

            if (same == wanted.Length)
            {
                return true;
            }
        }

        return false;
    }

    private bool Mark(byte[] elf)
    {
        if (elf.Length < 64 || BitConverter.ToUInt32(elf, 0) != 0x464c457f || elf[4] != 2 || elf[5] != 1)
        {
            return false;
        }

        var marked = false;
        var sections = BitConverter.ToInt64(elf, 0x28);
        var sectionSize = BitConverter.ToUInt16(elf, 0x3a);
        for (var index = 0; index < BitConverter.ToUInt16(elf, 0x3c); index++)
        {
            var header = sections + (index * sectionSize);
            if (BitConverter.ToUInt32(elf, (int)header + 4) == SectionVersionNeeds)
            {
                var linked = sections + (BitConverter.ToUInt32(elf, (int)header + 0x28) * sectionSize);
                marked |= MarkNeeds(elf, (int)BitConverter.ToInt64(elf, (int)header + 0x18), (int)BitConverter.ToInt64(elf, (int)linked + 0x18));
            }
        }

        return marked;
    }

    /// <summary>Walks Elf64_Verneed and its Elf64_Vernaux entries.</summary>
    private bool MarkNeeds(byte[] elf, int need, int names)
    {
        var marked = false;
        for (var next = -1; next != 0; need += next)
        {
            var entry = need + (int)BitConverter.ToUInt32(elf, need + 8);
            for (var left = BitConverter.ToUInt16(elf, need + 2); left > 0; left--)
            {
                var name = names + (int)BitConverter.ToUInt32(elf, entry + 8);
                var flags = BitConverter.ToUInt16(elf, entry + 4);
                if (Encoding.ASCII.GetString(elf, name, Array.IndexOf(elf, (byte)0, name) - name) == Version && (flags & FlagWeak) == 0)
                {
                    BitConverter.GetBytes((ushort)(flags | FlagWeak)).CopyTo(elf, entry + 4);
                    marked = true;
                }

                entry += (int)BitConverter.ToUInt32(elf, entry + 12);
            }

            next = (int)BitConverter.ToUInt32(elf, need + 12);
        }

        return marked;
    }
}
