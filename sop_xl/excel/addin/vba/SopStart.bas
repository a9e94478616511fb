Attribute VB_Name = "SopStart"
Option Explicit
' How a button starts: everything that can go wrong before Python runs is said in plain words here.

Private Const LOG_NAME As String = "excel-vba.log"
Private Const SERVER_GONE As Long = 462
Private Const SERVER_UNAVAILABLE As Long = -2147023174
Private Const SERVER_DISCONNECTED As Long = -2147417848

Public Sub SopRun(entry As String, title As String)
    Dim missing As String
    If ActiveWorkbook Is Nothing Then
        If SopInProtectedView() Then
            MsgBox "Press Enable Editing above the sheet, then press " & title & " again.", vbInformation, "S&OP"
            Exit Sub
        End If
        Workbooks.Add
    End If
    missing = SopMissingPython()
    If missing <> "" Then
        MsgBox missing, vbExclamation, "S&OP"
        Exit Sub
    End If
    On Error GoTo Failed
    RunPython "import sop_xl.excel.ribbon as r; r." & entry & "()"
    Exit Sub
Failed:
    SopFailed title, Err.Number, Err.Description
End Sub

Public Function SopCellError(description As String) As String
    ' What a cell shows where a function failed: a short text; the rest goes to the log.
    If Left$(description, 5) = "#S&OP" Then
        SopCellError = Left$(description, 255)
    Else
        SopLog description
        SopCellError = "#S&OP: failed, see Setup > Check setup"
    End If
End Function

Public Sub SopFailed(title As String, number As Long, description As String)
    SopLog title & ": " & number & " " & description
    #If Not Mac Then
        If number = SERVER_GONE Or number = SERVER_UNAVAILABLE Or number = SERVER_DISCONNECTED Then
            On Error Resume Next
            KillPy
            On Error GoTo 0
            MsgBox "Python had stopped and has been started anew. Press " & title & " again.", vbInformation, "S&OP"
            Exit Sub
        End If
    #End If
    MsgBox title & " could not be carried out; your entries are as they were." & vbCrLf & vbCrLf & _
        SopLastLine(description) & vbCrLf & vbCrLf & _
        "Press Setup > Check setup. If that fails too, run in a terminal:" & vbCrLf & _
        SopProgram() & " excel doctor" & vbCrLf & _
        "Details are in " & SopLogFile(), vbExclamation, "S&OP"
End Sub

Private Function SopMissingPython() As String
    ' On a Mac Excel may not look outside its own folder; there the script that starts Python looks.
    #If Not Mac Then
        Dim interpreter As String
        interpreter = CStr(GetConfig("INTERPRETER_WIN"))
        If Not FileExists(interpreter) Then
            SopMissingPython = "The Python of S&OP was not found:" & vbCrLf & interpreter & vbCrLf & vbCrLf & _
                "Run the installer again, or ask whoever installed it. Your workbook is not affected."
        End If
    #End If
End Function

Private Function SopProgram() As String
    #If Mac Then
        SopProgram = ParentFolder(CStr(GetConfig("INTERPRETER_MAC"))) & "/sop-xl"
    #Else
        SopProgram = ParentFolder(CStr(GetConfig("INTERPRETER_WIN"))) & "\sop-xl.exe"
    #End If
    If InStr(SopProgram, " ") > 0 Then SopProgram = Chr(34) & SopProgram & Chr(34)
End Function

Private Function SopInProtectedView() As Boolean
    #If Mac Then
        SopInProtectedView = False
    #Else
        SopInProtectedView = Not Application.ActiveProtectedViewWindow Is Nothing
    #End If
End Function

Private Function SopLastLine(description As String) As String
    Dim lines As Variant, at As Long
    lines = Split(Replace(description, vbCr, ""), vbLf)
    For at = UBound(lines) To 0 Step -1
        If Trim$(lines(at)) <> "" Then
            SopLastLine = Left$(Trim$(lines(at)), 300)
            Exit Function
        End If
    Next at
End Function

Private Function SopLogFile() As String
    #If Mac Then
        SopLogFile = Environ("HOME") & "/" & LOG_NAME
    #Else
        SopLogFile = Environ("TEMP") & "\" & LOG_NAME
    #End If
End Function

Private Sub SopLog(text As String)
    Dim file As Integer
    On Error Resume Next
    file = FreeFile
    Open SopLogFile() For Append As #file
    Print #file, Format$(Now, "yyyy-mm-dd hh:nn:ss") & " " & text
    Close #file
End Sub
