Attribute VB_Name = "SopFunctionHelp"
Option Explicit
' Made from the catalogue of cell functions by: sop-xl excel build

Public Sub SopRegisterFunctionHelp()
    Dim texts() As Variant
    On Error Resume Next
    ReDim texts(0 To 5)
    texts(0) = "One row or column of quantities in the order of time, or a block with one series a row (a series a column where names stand on top or dates run down). Headings are skipped."
    texts(1) = "How many periods to forecast, 1 to 200. Left out: 12."
    texts(2) = "Left out: the mean. 0.9 is the quantity that demand exceeds in one period of ten."
    texts(3) = "Days of the periods, one row or column as long as history. They tell days, weeks, months, quarters or years."
    texts(4) = "Periods a season where no dates are given: 12 months (if left out), 4 quarters, 52 weeks, 7 days, 1 none; or a word such as weekly."
    texts(5) = "full (if left out), or preview for a quick look at many series: half the time, slightly less accurate."
    Application.MacroOptions Macro:="SOP_FORECAST", Description:="Forecasts demand for the periods after a history, as the mean or as a quantile such as 0.9.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 4)
    texts(0) = "Quantities in the order of time, as for SOP_FORECAST; several series are measured together."
    texts(1) = "Periods forecast from each origin, 1 to 200. Left out: 6."
    texts(2) = "Number of origins, 1 to 24. Left out: 3."
    texts(3) = "Days of the periods, one row or column as long as history."
    texts(4) = "Periods a season where no dates are given: 12, 4, 52, 7 or 1, or a word such as weekly. Left out: 12."
    Application.MacroOptions Macro:="SOP_BACKTEST", Description:="Tests the forecast on the past: accuracy from several earlier origins, beside the seasonal naive.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 2)
    texts(0) = "At least two whole seasons of quantities in the order of time, as for SOP_FORECAST."
    texts(1) = "Periods a season: 12 months (if left out), 4 quarters, 52 weeks, 7 days; or a word such as weekly."
    texts(2) = "Days of the periods, one row or column as long as history; the indices then begin with January, the first quarter or Monday."
    Application.MacroOptions Macro:="SOP_SEASONALITY", Description:="Gives the seasonal indices of a history: 1.2 is a period one fifth above the average.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 4)
    texts(0) = "Quantities in the order of time, as for SOP_FORECAST."
    texts(1) = "A range of the same size: TRUE, 1, yes or any other mark where stock had run out, so that sales were below demand."
    texts(2) = "history (if left out) for the corrected quantities, change for what was added to each, reason for why."
    texts(3) = "Days of the periods, one row or column as long as history."
    texts(4) = "Periods a season where no dates are given: 12, 4, 52, 7 or 1, or a word such as weekly. Left out: 12."
    Application.MacroOptions Macro:="SOP_CLEAN", Description:="Corrects a history for stock-outs, single absurd values and gaps, and shows the result or what was changed.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 5)
    texts(0) = "What happened."
    texts(1) = "What was forecast for the same periods, in a range of the same size."
    texts(2) = "The forecast to compare with, such as the seasonal naive or the layer before; needed for value added."
    texts(3) = "The periods before the forecast; needed for MASE. It also gives the seasonal naive where naive is left out."
    texts(4) = "WAPE, accuracy, bias, tracking signal, MASE or FVA for that number alone; left out: all as a table."
    texts(5) = "Periods a season of the history: 12, 4, 52, 7 or 1, or a word such as weekly. Left out: 12."
    Application.MacroOptions Macro:="SOP_ACCURACY", Description:="Measures a forecast against what happened: WAPE, accuracy, bias, tracking signal, MASE and value added.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 7)
    texts(0) = "A range of past demand per period, or one number: the standard deviation of demand per period."
    texts(1) = "Average lead time, in periods."
    texts(2) = "Target above 0 and below 1, such as 0.95 or 95%. Left out: 0.95."
    texts(3) = "cycle: probability of no stock-out per replenishment (if left out); fill: share of units delivered from stock."
    texts(4) = "Standard deviation of the lead time, in periods. Left out: 0."
    texts(5) = "Periods between orders where stock is looked at only then. Left out: 0, at any time."
    texts(6) = "Average demand per period where demand is a standard deviation; needed for lead_time_sd and for fill without order_quantity."
    texts(7) = "Units per order, for fill. Left out: average demand of a review, at least of one period."
    Application.MacroOptions Macro:="SOP_SAFETYSTOCK", Description:="Gives the safety stock for a service target, from how much demand and lead time vary.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 6)
    texts(0) = "A range of possible demands (past seasons, simulated draws), or one number: the average."
    texts(1) = "Standard deviation of demand where demand is an average (normal distribution)."
    texts(2) = "Selling price per unit."
    texts(3) = "Cost per unit, below the price."
    texts(4) = "What a unit left over brings, below the cost. Left out: 0."
    texts(5) = "Critical ratio, in place of price, cost and salvage: the probability with which demand is to be met."
    texts(6) = "quantity (if left out) for the one number, table for what is to be expected as well."
    Application.MacroOptions Macro:="SOP_NEWSVENDOR", Description:="Gives the quantity to buy when there is one chance to buy and demand is uncertain.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 2)
    texts(0) = "Stock now as one number, or the closing stock of every period as a range of the size of demand."
    texts(1) = "Demand planned ahead; beside a range of closing stocks, that of the same periods."
    texts(2) = "Length of a period in months: 1 (if left out), 3 for quarters, 12/52 for weeks."
    Application.MacroOptions Macro:="SOP_COVER", Description:="Gives the months of supply: how long stock lasts against the demand planned ahead.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 2)
    texts(0) = "Units by period: one row or column, or a block with a row a product. Headings may be part of it."
    texts(1) = "Hours a unit takes: one number, a column with a number a product, or a block with a row a product and a column a resource (names of the resources on top)."
    texts(2) = "Hours available: one number, one a period, or a block with a row a resource."
    Application.MacroOptions Macro:="SOP_CAPACITY", Description:="Shows the rough-cut load: hours that demand needs, utilisation, and hours over or under, by period.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 7)
    texts(0) = "Units by period: one row or column, or a block with a row a product; the products share the capacity."
    texts(1) = "Hours of regular time: one number, or one a period. Units, where hours_per_unit is left out."
    texts(2) = "Stock at the start: one number, or one a product. Left out: 0."
    texts(3) = "Hours a unit takes: one number, or one a product. Left out: 1."
    texts(4) = "Most hours of overtime: one number, or one a period. Left out: 0."
    texts(5) = "What an hour of overtime costs beyond regular time. Left out: 2."
    texts(6) = "What a unit in stock costs per period: one number, or one a product. Left out: 1."
    texts(7) = "What a unit late costs per period: one number, or one a product. Left out: 10."
    Application.MacroOptions Macro:="SOP_FEASIBLE", Description:="Plans a demand against capacity over several periods: production, overtime, stock and shortage at least cost.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 4)
    texts(0) = "Units of each product before (budget, last year): one row, column or block."
    texts(1) = "Price of each product before, in a range of the same size."
    texts(2) = "Units of each product after (plan, this year), in a range of the same size."
    texts(3) = "Price of each product after, in a range of the same size."
    texts(4) = "Names of the products, used where something is missing; left out: their position."
    Application.MacroOptions Macro:="SOP_BRIDGE", Description:="Explains a change of revenue by volume, mix and price, and by what is new or discontinued; it adds up exactly.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 5)
    texts(0) = "demand, sales, stock, production, revenue, margin, load or another column of the plan's tables; table.column of the data dictionary where a name stands in several; or a key figure."
    texts(1) = "Product or family (resource, for its load); left out: all. A range spills."
    texts(2) = "A day, or a label such as 2026-07, 2026-Q3 or 2026; left out: the whole horizon. A range spills."
    texts(3) = "Location; left out: all."
    texts(4) = "Channel; left out: all."
    texts(5) = "committed (if left out) for the newest, the name of a cycle, or 8 or more characters of a version's hash."
    Application.MacroOptions Macro:="SOP_PLAN", Description:="Reads a number of a committed version of the plan, added up over what is left out.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ReDim texts(0 To 2)
    texts(0) = "Product or family. A range spills."
    texts(1) = "A day, or a label such as 2026-07, 2026-Q3 or 2026; left out: the whole horizon. A range spills."
    texts(2) = "committed (if left out) for the newest, the name of a cycle, or 8 or more characters of a version's hash."
    Application.MacroOptions Macro:="SOP_WHY", Description:="Says in a sentence why the plan is what it is: gap, binding constraint, relief, and what demand is made of.", _
        Category:="S&OP", ArgumentDescriptions:=texts
    ThisWorkbook.Saved = True
End Sub
