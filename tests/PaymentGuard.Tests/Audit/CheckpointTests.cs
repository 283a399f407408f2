using System.Security.Cryptography;
using PaymentGuard.Audit;

namespace PaymentGuard.Tests.Audit;

public sealed class CheckpointTests : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose()
    {
        key.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Read_WhatWasSigned_IsTheSame()
    {
        var written = new Checkpoint(7, 12, RandomNumberGenerator.GetBytes(32), WrittenChain.Begin.AddMilliseconds(123));
        var read = Checkpoint.Read(written.Sign(key), [key]);
        Assert.Equal((written.From, written.Number, written.At), (read!.From, read.Number, read.At));
        Assert.Equal(written.Link, read.Link);
    }

    [Fact]
    public void Read_AnyCharacterChangedOrAnotherKey_IsRefused()
    {
        var line = new Checkpoint(7, 12, RandomNumberGenerator.GetBytes(32), WrittenChain.Begin).Sign(key);
        // The last characters of base64 may carry bits that count for nothing; the signature's length makes that at most two of them.
        for (var position = 0; position < line.Length - 3; position++)
        {
            var altered = line.ToCharArray();
            altered[position] = altered[position] == '1' ? '2' : '1';
            Assert.Null(Checkpoint.Read(new string(altered), [key]));
        }
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Null(Checkpoint.Read(line, [other]));
        Assert.NotNull(Checkpoint.Read(line, [other, key]));
        foreach (var text in new[] { "", " ", line + " ", line[..^20], "x" + line }) Assert.Null(Checkpoint.Read(text, [key]));
    }

    [Fact]
    public void Read_TwoFoldersOfSeveralFiles_GivesAllByNumberAndNoFault()
    {
        Write("b", 0, 3, 9);
        Write("a", 9, 20, 25);
        var second = Directory.CreateDirectory(Path.Combine(folder, "second")).FullName;
        Write("second/c", 0, 11);
        var (numbers, faults) = Read(folder, second);
        Assert.Equal([3, 9, 11, 20, 25], numbers);
        Assert.Empty(faults);
        Assert.Equal(25, new CheckpointFolder(folder, [key]).Latest()?.Number);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Read_LineRemovedOrAltered_IsTold(int line)
    {
        Write("a", 0, 3, 9, 20, 25);
        var lines = File.ReadAllLines(PathOf("a"));
        File.WriteAllText(PathOf("a"), string.Concat(lines.Where((_, index) => index != line).Select(text => text + "\n")));
        var (numbers, faults) = Read(folder);
        Assert.Equal(3, numbers.Count);
        Assert.Equal(line + 1, Assert.Single(faults).Line);

        lines[line] = lines[line].Replace(' ', '0');
        File.WriteAllLines(PathOf("a"), lines);
        (numbers, faults) = Read(folder);
        Assert.Equal(3, numbers.Count);
        Assert.Equal([line + 1, line + 2], faults.Select(fault => fault.Line));
    }

    [Fact]
    public void Read_FileRemovedBeforeAnother_IsTold()
    {
        Write("a", 0, 3, 9);
        Write("b", 9, 20);
        File.Delete(PathOf("a"));
        Assert.Contains("9 entries", Assert.Single(Read(folder).Faults).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LineCutOffByTheEndOfItsProcess_IsNoCheckpoint()
    {
        Write("a", 0, 3, 9);
        using (var file = File.Open(PathOf("a"), FileMode.Open)) file.SetLength(file.Length - 1);
        var (numbers, faults) = Read(folder);
        Assert.Equal([3], numbers);
        Assert.Empty(faults);
        Assert.Equal(3, new CheckpointFolder(folder, [key]).Latest()?.Number);
    }

    [Fact]
    public void Read_NoFolder_GivesNone() => Assert.Empty(Read(Path.Combine(folder, "absent")).Numbers);

    private string PathOf(string file) => Path.Combine(folder, file + CheckpointFolder.Extension);

    private void Write(string file, params int[] numbers) => File.WriteAllText(PathOf(file), string.Concat(
        numbers.Zip(numbers.Skip(1), (from, number) => new Checkpoint(from, number, new byte[32], WrittenChain.Begin).Sign(key) + "\n")));

    private (List<long> Numbers, List<CheckpointFault> Faults) Read(params string[] folders)
    {
        var faults = new List<CheckpointFault>();
        var numbers = CheckpointFolder.Read(folders.Select(path => new CheckpointFolder(path, [key])), faults.Add).Select(checkpoint => checkpoint.Number).ToList();
        return (numbers, faults);
    }
}
