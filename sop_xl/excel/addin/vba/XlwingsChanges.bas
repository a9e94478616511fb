Attribute VB_Name = "XlwingsChanges"
' Procedures that take the place of those of the same name in xlwings' module.
' What they have in common: nothing is ever asked of the workbook a person has open. Its sheets, its folder and its
' name choose neither the interpreter nor the search path nor the command line.

Public Sub RunPython(PythonCommand As String)
    #If Mac Then
        Application.StatusBar = "S&OP is working ..."
        ExecuteMac PythonCommand, CStr(GetConfig("INTERPRETER_MAC"))
    #Else
        XLPy.SetAttr XLPy.Module("xlwings._xlwindows"), "BOOK_CALLER", ActiveWorkbook
        XLPy.Exec "" & PythonCommand & ""
    #End If
End Sub

Sub ExecuteMac(PythonCommand As String, Interpreter As String)
    #If Mac Then
    Dim LogFile As String, Answer As String
    LogFile = Environ("HOME") & "/xlwings.log"
    On Error Resume Next
    Kill LogFile
    On Error GoTo 0
    If InStr(ActiveWorkbook.Name, "|") > 0 Or InStr(ActiveWorkbook.Name, "=") > 0 Then
        Err.Raise 1000, Description:="Rename the workbook: its name must not contain | or =."
    End If
    On Error GoTo NoScript
    Answer = AppleScriptTask(APPLE_SCRIPT, "SopRun", Interpreter & "|" & PythonCommand & "|" & ActiveWorkbook.Name & _
        "|" & Left$(Application.Path, Len(Application.Path) - 4) & "|" & LogFile)
    On Error GoTo 0
    If Answer = "missing" Then
        Application.StatusBar = False
        Err.Raise 1000, Description:="The Python of S&OP was not found: " & Interpreter
    End If
    Exit Sub
NoScript:
    Application.StatusBar = False
    Err.Raise 1000, Description:="Excel's script " & APPLE_SCRIPT & " is missing. Run in a terminal: " & _
        ParentFolder(Interpreter) & "/sop-xl excel install"
    #End If
End Sub

Function XLPyCommand()
    Dim Interpreter As String
    Interpreter = CStr(GetConfig("INTERPRETER_WIN"))
    ' -I: neither the folder Excel happens to be in nor variables of the environment reach Python's search path
    XLPyCommand = "cmd.exe  /K " & Chr(34) & Chr(34) & Interpreter & Chr(34) & _
        " -I -B -c ""import xlwings; xlwings.serve('$(CLSID)')""" & Chr(34)
End Function

Private Sub XLPyLoadDLL()
    #If Mac Then
        Err.Raise 1000, Description:="#S&OP: on a Mac cell functions need the web add-in"
    #Else
        Dim Interpreter As String
        Interpreter = CStr(GetConfig("INTERPRETER_WIN"))
        If Not FileExists(Interpreter) Then
            Err.Raise 1000, Description:="#S&OP: Python is missing, see Setup > Check setup"
        End If
        If LoadLibrary(ParentFolder(Interpreter) & "\" & XLPyDLLName) = 0 Then
            If LoadLibrary(ParentFolder(ParentFolder(Interpreter)) & "\" & XLPyDLLName) = 0 Then
                Err.Raise 1000, Description:="#S&OP: " & XLPyDLLName & " is missing, install the add-in again"
            End If
        End If
    #End If
End Sub

Function GetConfig(configKey As String, Optional default As String = "") As Variant
    ' The user's own file first, then the sheet of this add-in, then the default.
    Dim configValue As String
    If FileExists(GetConfigFilePath()) Then
        If GetConfigFromFile(GetConfigFilePath(), configKey, configValue) Then
            GetConfig = ExpandEnvironmentStrings(configValue)
            Exit Function
        End If
    End If
    If SheetExists(ThisWorkbook, PROJECT_NAME & ".conf") Then
        If GetConfigFromSheet(ThisWorkbook).Exists(configKey) Then
            GetConfig = ExpandEnvironmentStrings(GetConfigFromSheet(ThisWorkbook).Item(configKey))
            Exit Function
        End If
    End If
    GetConfig = ExpandEnvironmentStrings(default)
End Function

Private Sub CleanUp()
    ' On a Mac Python calls this when it is done.
    #If Mac Then
    Dim LogFile As String, Content As String
    LogFile = Environ("HOME") & "/xlwings.log"
    On Error Resume Next
    Content = ReadFile(LogFile)
    Kill LogFile
    Application.StatusBar = False
    Application.ScreenUpdating = True
    On Error GoTo 0
    If InStr(Content, "Error") > 0 Then SopFailed "S&OP", 1000, Content
    #End If
End Sub
