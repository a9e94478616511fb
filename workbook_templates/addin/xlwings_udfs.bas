Attribute VB_Name = "xlwings_udfs"
#Const App = "Microsoft Excel"
' Made by xlwings from sop_xl.excel.udfs by: sop-xl excel build

Function SOP_ACCURACY(actual, forecast, Optional naive, Optional history, Optional measure, Optional season)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_ACCURACY = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_ACCURACY", Array(actual, forecast, naive, history, measure, season), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_ACCURACY = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_ACCURACY", Array(actual, forecast, naive, history, measure, season))
        Exit Function
    #End If
failed:
    SOP_ACCURACY = SopCellError(Err.Description)
End Function

Function SOP_BACKTEST(history, Optional periods, Optional origins, Optional dates, Optional season)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_BACKTEST = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_BACKTEST", Array(history, periods, origins, dates, season), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_BACKTEST = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_BACKTEST", Array(history, periods, origins, dates, season))
        Exit Function
    #End If
failed:
    SOP_BACKTEST = SopCellError(Err.Description)
End Function

Function SOP_BRIDGE(units0, price0, units1, price1, Optional names)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_BRIDGE = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_BRIDGE", Array(units0, price0, units1, price1, names), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_BRIDGE = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_BRIDGE", Array(units0, price0, units1, price1, names))
        Exit Function
    #End If
failed:
    SOP_BRIDGE = SopCellError(Err.Description)
End Function

Function SOP_CAPACITY(demand, hours_per_unit, available)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_CAPACITY = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_CAPACITY", Array(demand, hours_per_unit, available), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_CAPACITY = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_CAPACITY", Array(demand, hours_per_unit, available))
        Exit Function
    #End If
failed:
    SOP_CAPACITY = SopCellError(Err.Description)
End Function

Function SOP_CLEAN(history, Optional stockouts, Optional show, Optional dates, Optional season)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_CLEAN = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_CLEAN", Array(history, stockouts, show, dates, season), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_CLEAN = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_CLEAN", Array(history, stockouts, show, dates, season))
        Exit Function
    #End If
failed:
    SOP_CLEAN = SopCellError(Err.Description)
End Function

Function SOP_COVER(stock, demand, Optional months)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_COVER = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_COVER", Array(stock, demand, months), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_COVER = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_COVER", Array(stock, demand, months))
        Exit Function
    #End If
failed:
    SOP_COVER = SopCellError(Err.Description)
End Function

Function SOP_FEASIBLE(demand, capacity, Optional opening_stock, Optional hours_per_unit, Optional overtime, Optional overtime_cost, Optional holding_cost, Optional shortage_cost)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_FEASIBLE = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_FEASIBLE", Array(demand, capacity, opening_stock, hours_per_unit, overtime, overtime_cost, holding_cost, shortage_cost), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_FEASIBLE = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_FEASIBLE", Array(demand, capacity, opening_stock, hours_per_unit, overtime, overtime_cost, holding_cost, shortage_cost))
        Exit Function
    #End If
failed:
    SOP_FEASIBLE = SopCellError(Err.Description)
End Function

Function SOP_FORECAST(history, Optional periods, Optional quantile, Optional dates, Optional season, Optional mode)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_FORECAST = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_FORECAST", Array(history, periods, quantile, dates, season, mode), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_FORECAST = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_FORECAST", Array(history, periods, quantile, dates, season, mode))
        Exit Function
    #End If
failed:
    SOP_FORECAST = SopCellError(Err.Description)
End Function

Function SOP_NEWSVENDOR(demand, Optional sd, Optional price, Optional cost, Optional salvage, Optional ratio, Optional show)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_NEWSVENDOR = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_NEWSVENDOR", Array(demand, sd, price, cost, salvage, ratio, show), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_NEWSVENDOR = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_NEWSVENDOR", Array(demand, sd, price, cost, salvage, ratio, show))
        Exit Function
    #End If
failed:
    SOP_NEWSVENDOR = SopCellError(Err.Description)
End Function

Function SOP_PLAN(measure, Optional product, Optional period, Optional location, Optional channel, Optional version)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_PLAN = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_PLAN", Array(measure, product, period, location, channel, version), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_PLAN = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_PLAN", Array(measure, product, period, location, channel, version))
        Exit Function
    #End If
failed:
    SOP_PLAN = SopCellError(Err.Description)
End Function

Function SOP_SAFETYSTOCK(demand, lead_time, Optional service, Optional measure, Optional lead_time_sd, Optional review, Optional mean, Optional order_quantity)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_SAFETYSTOCK = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_SAFETYSTOCK", Array(demand, lead_time, service, measure, lead_time_sd, review, mean, order_quantity), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_SAFETYSTOCK = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_SAFETYSTOCK", Array(demand, lead_time, service, measure, lead_time_sd, review, mean, order_quantity))
        Exit Function
    #End If
failed:
    SOP_SAFETYSTOCK = SopCellError(Err.Description)
End Function

Function SOP_SEASONALITY(history, Optional season, Optional dates)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_SEASONALITY = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_SEASONALITY", Array(history, season, dates), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_SEASONALITY = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_SEASONALITY", Array(history, season, dates))
        Exit Function
    #End If
failed:
    SOP_SEASONALITY = SopCellError(Err.Description)
End Function

Function SOP_WHY(product, Optional period, Optional version)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        SOP_WHY = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_WHY", Array(product, period, version), ThisWorkbook, Application.Caller)
        Exit Function
    #Else
        SOP_WHY = XLPy.CallUDF("sop_xl.excel.udfs", "SOP_WHY", Array(product, period, version))
        Exit Function
    #End If
failed:
    SOP_WHY = SopCellError(Err.Description)
End Function
