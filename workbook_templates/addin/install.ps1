<#
.SYNOPSIS
Installs S&OP for Excel for this user of Windows: Python environment, add-in, settings. Needs no administrator.

.DESCRIPTION
Makes a Python environment in %LOCALAPPDATA%\sop_xl, installs the pinned packages into it, puts the add-in into
Excel's start folder of this user and writes the settings. Installing again replaces all but the settings.

.PARAMETER Wheels
Folder with the wheel of sop-xl and of everything it needs. Left out: the package index that pip is set up for.

.PARAMETER Python
Python 3.11 or newer (python.exe). Left out: the newest one found.

.PARAMETER Server
Address of the calculation server.

.PARAMETER Inputs
Folder of the company's other inputs.

.PARAMETER Addin
A signed sop_xl.xlam. Left out: it is built on this computer.

.PARAMETER AskToken
Ask for the token of the server.

.PARAMETER Uninstall
Take everything away again; workbooks stay as they are.

.PARAMETER Forget
With -Uninstall: also remove the settings, with the token.

.EXAMPLE
powershell -ExecutionPolicy Bypass -File install.ps1 -Wheels \\files\sop_xl\wheels -Server https://planning.example
#>
[CmdletBinding()]
param(
    [string]$Wheels,
    [string]$Python,
    [string]$Server,
    [string]$Inputs,
    [string]$Addin,
    [switch]$AskToken,
    [switch]$Uninstall,
    [switch]$Forget
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$Program = Join-Path $env:LOCALAPPDATA 'sop_xl'
$Environment = Join-Path $Program 'venv'
$Scripts = Join-Path $Environment 'Scripts'

function Stop-Install([string]$Message) {
    Write-Host "install.ps1: $Message" -ForegroundColor Red
    exit 1
}

function Test-Python([string]$Candidate) {
    # Windows' own stand-in for Python only opens the shop; it answers with an error.
    try {
        & $Candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>$null | Out-Null
        return $LASTEXITCODE -eq 0
    } catch {
        return $false
    }
}

function Find-Python {
    if ($Python) {
        if (Test-Python $Python) { return $Python }
        Stop-Install "$Python is no Python 3.11 or newer."
    }
    $Candidates = @()
    if (Get-Command 'py.exe' -ErrorAction SilentlyContinue) {
        foreach ($Version in '3.14', '3.13', '3.12', '3.11') {
            try {
                $Found = & py.exe "-$Version" -c 'import sys; print(sys.executable)' 2>$null
                if ($LASTEXITCODE -eq 0 -and $Found) { $Candidates += "$Found" }
            } catch {
                continue
            }
        }
    }
    $Candidates += @(Get-Command 'python.exe' -All -ErrorAction SilentlyContinue | ForEach-Object { $_.Source })
    foreach ($Candidate in $Candidates) {
        if (Test-Python $Candidate) { return $Candidate }
    }
    Stop-Install 'No Python 3.11 or newer was found. Install it for this user from python.org and try again.'
}

function Find-Constraints {
    $Places = @((Join-Path $PSScriptRoot 'constraints.txt'), (Join-Path $PSScriptRoot '..\..\constraints.txt'))
    if ($Wheels) { $Places = @(Join-Path $Wheels 'constraints.txt') + $Places }
    foreach ($Place in $Places) {
        if (Test-Path -LiteralPath $Place -PathType Leaf) { return $Place }
    }
    Stop-Install 'constraints.txt, which names the exact versions, lies neither with the wheels nor with this script.'
}

function Invoke-Step([string]$Program, [string[]]$Arguments, [string]$Failure) {
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) { Stop-Install $Failure }
}

if (Get-Process -Name 'EXCEL' -ErrorAction SilentlyContinue) {
    Stop-Install 'Excel is running; close it and try again.'
}
# A Python of the add-in that is still running would hold files of the environment.
Get-Process -Name 'python', 'pythonw' -ErrorAction SilentlyContinue |
    Where-Object { $_.Path -and $_.Path.StartsWith($Environment, [StringComparison]::OrdinalIgnoreCase) } |
    Stop-Process -Force

$Command = Join-Path $Scripts 'sop-xl.exe'
if ($Uninstall) {
    if (Test-Path -LiteralPath $Command) {
        $Arguments = @('excel', 'uninstall')
        if ($Forget) { $Arguments += '--forget' }
        Invoke-Step $Command $Arguments 'The add-in could not be taken away.'
    }
    if (Test-Path -LiteralPath $Environment) { Remove-Item -LiteralPath $Environment -Recurse -Force }
    Write-Host "Removed $Environment"
    exit 0
}

if ($Wheels -and -not (Test-Path -LiteralPath $Wheels -PathType Container)) {
    Stop-Install "The folder $Wheels does not exist."
}
$Chosen = Find-Python
$Pinned = Find-Constraints
Write-Host "Python: $Chosen"
Invoke-Step $Chosen @('-m', 'venv', '--clear', $Environment) 'The Python environment could not be made.'

$Arguments = @('-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--constraint', $Pinned)
if ($Wheels) { $Arguments += @('--no-index', '--find-links', $Wheels) }
$Arguments += 'sop-xl[excel]'
Invoke-Step (Join-Path $Scripts 'python.exe') $Arguments 'The packages could not be installed.'

$Arguments = @('excel', 'install', '--python', (Join-Path $Scripts 'pythonw.exe'))
if ($Server) { $Arguments += @('--server', $Server) }
if ($Inputs) { $Arguments += @('--inputs', $Inputs) }
if ($Addin) { $Arguments += @('--addin', $Addin) }
if ($AskToken) { $Arguments += '--ask-token' }
Invoke-Step $Command $Arguments 'The add-in could not be installed.'

& $Command excel doctor
if ($LASTEXITCODE -ne 0) {
    Write-Host 'Installed. What is marked above as error must be put right before all buttons work.'
}
exit 0
