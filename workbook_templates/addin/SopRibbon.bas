Attribute VB_Name = "SopRibbon"
Option Explicit
' Made from the catalogue of buttons by: sop-xl excel build

Public Sub SopPress_get_workbook(control As IRibbonControl)
    SopRun "get_workbook", "Get my workbook"
End Sub

Public Sub SopPress_refresh(control As IRibbonControl)
    SopRun "refresh", "Refresh"
End Sub

Public Sub SopPress_validate(control As IRibbonControl)
    SopRun "validate", "Validate"
End Sub

Public Sub SopPress_submit(control As IRibbonControl)
    SopRun "submit", "Submit"
End Sub

Public Sub SopPress_status(control As IRibbonControl)
    SopRun "status", "Status"
End Sub

Public Sub SopPress_reforecast(control As IRibbonControl)
    SopRun "reforecast", "Re-forecast"
End Sub

Public Sub SopPress_reforecast_selection(control As IRibbonControl)
    SopRun "reforecast_selection", "Selection"
End Sub

Public Sub SopPress_accuracy(control As IRibbonControl)
    SopRun "accuracy", "Accuracy"
End Sub

Public Sub SopPress_feasibility(control As IRibbonControl)
    SopRun "feasibility", "Check feasibility"
End Sub

Public Sub SopPress_options(control As IRibbonControl)
    SopRun "options", "Options"
End Sub

Public Sub SopPress_simulate(control As IRibbonControl)
    SopRun "simulate", "Simulate"
End Sub

Public Sub SopPress_new_scenario(control As IRibbonControl)
    SopRun "new_scenario", "New"
End Sub

Public Sub SopPress_scenarios(control As IRibbonControl)
    SopRun "scenarios", "Generate set"
End Sub

Public Sub SopPress_compare(control As IRibbonControl)
    SopRun "compare", "Compare"
End Sub

Public Sub SopPress_explain(control As IRibbonControl)
    SopRun "explain", "Explain cell"
End Sub

Public Sub SopPress_conflicts(control As IRibbonControl)
    SopRun "conflicts", "Conflicts"
End Sub

Public Sub SopPress_history(control As IRibbonControl)
    SopRun "history", "History"
End Sub

Public Sub SopPress_check_setup(control As IRibbonControl)
    SopRun "check_setup", "Check setup"
End Sub

Public Sub SopPress_settings(control As IRibbonControl)
    SopRun "settings", "Settings"
End Sub

Public Sub SopPress_help(control As IRibbonControl)
    SopRun "help", "Help"
End Sub
