-- Starts Python for a button of the S&OP add-in. Excel hands over one text with five parts.
-- Every part is quoted for the shell: the name of a workbook can never become a command.

on SopRun(parameterText)
	set {interpreter, pythonCommand, workbookName, applicationPath, logFile} to my splitText(parameterText, "|")
	try
		do shell script "test -x " & quoted form of interpreter
	on error
		return "missing"
	end try
	set shellCommand to quoted form of interpreter & " -I -B -u -W ignore -c " & quoted form of pythonCommand
	set shellCommand to shellCommand & " " & quoted form of ("--wb=" & workbookName) & " --from_xl=1"
	set shellCommand to shellCommand & " " & quoted form of ("--app=" & applicationPath)
	set shellCommand to shellCommand & " > /dev/null 2> " & quoted form of logFile & " &"
	return do shell script shellCommand
end SopRun

on splitText(joinedText, separatorText)
	set oldDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to separatorText
	set splitItems to text items of joinedText
	set AppleScript's text item delimiters to oldDelimiters
	return splitItems
end splitText
